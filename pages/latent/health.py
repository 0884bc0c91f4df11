"""The health of z: how much of it is in use."""

import math

import streamlit as st

from cvae.charts.kl import aggregate_bands, kl_bars
from cvae.evaluation.diagnostics import ACTIVE_VARIANCE, Health, describe_activity, examine
from cvae.inference.latent import Atlas
from cvae.model.checkpoint import CheckpointInfo
from cvae.training.collapse import FAR
from pages.latent import parts
from pages.latent.canvas import Files
from pages.shared import figures
from pages.shared.models import Opened

HELP = {
    "active": f"Dimensions whose posterior mean varies over words by more than {ACTIVE_VARIANCE} (Burda et al. 2016).",
    "kl": "Sum over the dimensions, mean over words: what the loss calls KL, without its weight.",
    "information": "The part of the KL that tells words apart: I(z; word) = KL − distance. At most ln(words).",
    "distance": "KL(q(z) ‖ N(0, I)) of the aggregate posterior, the average of q(z | x) over all words "
    "(Hoffman and Johnson 2016). At 0, draws from N(0, I) look to the decoder like encoded words.",
    "bands": "Dots: the mean; lines: one standard deviation each way. The grey band is that of N(0, 1).",
}


def show(opened: Opened, atlas: Atlas, files: Files) -> None:
    """Show a verdict, four figures and two charts."""
    health = _measure(opened.version, atlas)
    said = describe_activity(health.active_units, len(health.active))
    st.markdown(f"### {said}")
    with st.container(horizontal=True, gap="medium", key="scores"):
        for label, value, name in (
            ("Active units", f"{health.active_units} of {len(health.active)}", "active"),
            ("KL", f"{health.total_kl:.2f} nats", "kl"),
            ("Mutual information", f"{health.information:.2f} nats", "information"),
            ("Distance from N(0, I)", f"{health.distance:.2f} ± {health.error:.2f} nats", "distance"),
        ):
            st.metric(label, value, help=HELP[name], width="content")
    st.markdown(_explain(health, opened.info))
    order = health.order
    table: figures.TableColumns = {
        "dimension": order,
        "KL in nats": [round(health.kl[i], 5) for i in order],
        "active": ["✓" if health.active[i] else "" for i in order],
        "aggregate mean": [round(health.mean[i], 4) for i in order],
        "aggregate standard deviation": [round(health.std[i], 4) for i in order],
    }
    st.subheader("KL per dimension", help=parts.HELP["kl"], anchor=False)
    alt = f"Bars of KL per dimension, largest first: from {health.kl[order[0]]:.2f} to {health.kl[order[-1]]:.4f} nats."
    figures.chart(kl_bars(health, figures.palette()), "kl", f"{alt} {said}", table)
    st.subheader("The aggregate posterior beside N(0, I)", help=HELP["bands"], anchor=False)
    alt = (
        f"Mean and standard deviation of each dimension. Means from {min(health.mean):.2f} to "
        f"{max(health.mean):.2f}, standard deviations from {min(health.std):.2f} to {max(health.std):.2f}."
    )
    figures.chart(aggregate_bands(health, figures.palette()), "aggregate", alt, table)


@st.cache_resource(show_spinner="Measuring how much z tells about the words …", show_time=True, max_entries=8)
def _measure(version: tuple[str, str], _atlas: Atlas) -> Health:
    """Measure KL and aggregate posterior over all forms of the verbs."""
    return examine(*_atlas.words)


def _explain(health: Health, info: CheckpointInfo) -> str:
    """Explain the figures in plain words."""
    most = math.log(health.words)
    told = (
        f"Of {health.total_kl:.1f} nats a word, {health.information:.1f} tell words apart (telling all "
        f"{health.words:,} apart takes {most:.1f}); the other {health.distance:.1f} are how far the encoded words, "
        "taken together, are from the prior. "
    )
    if not health.active_units:
        return f"{told}Whatever z is drawn, the decoder writes much the same."
    if health.distance <= FAR:
        return told + "That is close: most draws from N(0, I) land where words are."
    return f"{told}That is far: most draws from N(0, I) land where no word was encoded.{parts.note_sleep(info)}"
