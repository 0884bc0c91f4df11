"""Theory: the objective of the CVAE step by step, each formula beside the code that computes it and a live check."""

import streamlit as st

from pages import (
    _models,
    _theory_annealing,
    _theory_collapse,
    _theory_forcing,
    _theory_gaussians,
    _theory_objective,
    _theory_parts,
    _theory_word,
)

SECTIONS = {
    "objective": ("Objective", _theory_objective.show),
    "kl": ("KL divergence", _theory_gaussians.show_kl),
    "reparameterization": ("Reparameterization", _theory_gaussians.show_reparameterization),
    "word": ("One word", _theory_word.show),
    "forcing": ("Teacher forcing", _theory_forcing.show),
    "collapse": ("Collapse", _theory_collapse.show),
    "annealing": ("KL annealing", _theory_annealing.show),
    "free-bits": ("Free bits", _theory_collapse.show_free_bits),
    "papers": ("Papers", _theory_parts.show_references),
}

_models.enter_by_the_router()
st.title("Theory", anchor=False)
st.caption("What the model optimizes, and why. Each formula has the code that computes it, and a check to play with.")
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
_theory_parts.lead_on({name: title for name, (title, _) in SECTIONS.items()}, section)
