"""Theory: the objective of the CVAE step by step, each formula beside the code that computes it and a live check."""

import streamlit as st

from pages.theory import annealing, collapse, forcing, gaussians, leak, objective, parts, word

SECTIONS = {
    "objective": ("Objective", objective.show),
    "kl": ("KL divergence", gaussians.show_kl),
    "reparameterization": ("Reparameterization", gaussians.show_reparameterization),
    "word": ("One word", word.show),
    "forcing": ("Teacher forcing", forcing.show),
    "collapse": ("Collapse", collapse.show),
    "annealing": ("KL annealing", annealing.show),
    "leak": ("Tense leak", leak.show),
    "free-bits": ("Free bits", collapse.show_free_bits),
    "papers": ("Papers", parts.show_references),
}

st.title("Theory", anchor=False)
st.caption("What the model optimizes, and why: formulas beside the code that computes them, with checks to try.")
section = st.pills(
    "Section",
    list(SECTIONS),
    default="objective",
    required=True,
    key="section",
    bind="query-params",
    format_func=lambda name: SECTIONS[name][0],
    label_visibility="collapsed",
)
SECTIONS[section][1]()
parts.lead_on({name: title for name, (title, _) in SECTIONS.items()}, section)
