"""The sources that the theory page cites: papers, and excerpts of this project's own code."""

import ast
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from textwrap import dedent
from typing import Any

from cvae.data import vocabulary
from cvae.inference import decoding
from cvae.model import cvae, objective
from cvae.training import schedules
from pages.theory import worlds


@dataclass(frozen=True)
class Reference:
    """One paper. short: as cited in a sentence; url: where it can be read."""

    short: str
    authors: str
    year: int
    title: str
    venue: str
    url: str


REFERENCES: dict[str, Reference] = {
    "bengio2015": Reference(
        "Bengio et al. 2015",
        "Samy Bengio, Oriol Vinyals, Navdeep Jaitly, Noam Shazeer",
        2015,
        "Scheduled Sampling for Sequence Prediction with Recurrent Neural Networks",
        "Advances in Neural Information Processing Systems 28, 1171–1179",
        "https://arxiv.org/abs/1506.03099",
    ),
    "bowman2016": Reference(
        "Bowman et al. 2016",
        "Samuel R. Bowman, Luke Vilnis, Oriol Vinyals, Andrew M. Dai, Rafal Jozefowicz, Samy Bengio",
        2016,
        "Generating Sentences from a Continuous Space",
        "Proceedings of the 20th SIGNLL Conference on Computational Natural Language Learning (CoNLL), 10–21",
        "https://doi.org/10.18653/v1/K16-1002",
    ),
    "burda2016": Reference(
        "Burda et al. 2016",
        "Yuri Burda, Roger Grosse, Ruslan Salakhutdinov",
        2016,
        "Importance Weighted Autoencoders",
        "International Conference on Learning Representations (ICLR)",
        "https://arxiv.org/abs/1509.00519",
    ),
    "chen2017": Reference(
        "Chen et al. 2017",
        "Xi Chen, Diederik P. Kingma, Tim Salimans, Yan Duan, Prafulla Dhariwal, John Schulman, Ilya Sutskever, "
        "Pieter Abbeel",
        2017,
        "Variational Lossy Autoencoder",
        "International Conference on Learning Representations (ICLR)",
        "https://arxiv.org/abs/1611.02731",
    ),
    "fu2019": Reference(
        "Fu et al. 2019",
        "Hao Fu, Chunyuan Li, Xiaodong Liu, Jianfeng Gao, Asli Celikyilmaz, Lawrence Carin",
        2019,
        "Cyclical Annealing Schedule: A Simple Approach to Mitigating KL Vanishing",
        "Proceedings of the 2019 Conference of the North American Chapter of the Association for Computational "
        "Linguistics: Human Language Technologies (NAACL-HLT), volume 1, 240–250",
        "https://doi.org/10.18653/v1/N19-1021",
    ),
    "he2019": Reference(
        "He et al. 2019",
        "Junxian He, Daniel Spokoyny, Graham Neubig, Taylor Berg-Kirkpatrick",
        2019,
        "Lagging Inference Networks and Posterior Collapse in Variational Autoencoders",
        "International Conference on Learning Representations (ICLR)",
        "https://arxiv.org/abs/1901.05534",
    ),
    "higgins2017": Reference(
        "Higgins et al. 2017",
        "Irina Higgins, Loic Matthey, Arka Pal, Christopher Burgess, Xavier Glorot, Matthew Botvinick, "
        "Shakir Mohamed, Alexander Lerchner",
        2017,
        "beta-VAE: Learning Basic Visual Concepts with a Constrained Variational Framework",
        "International Conference on Learning Representations (ICLR)",
        "https://openreview.net/forum?id=Sy2fzU9gl",
    ),
    "hoffman2016": Reference(
        "Hoffman and Johnson 2016",
        "Matthew D. Hoffman, Matthew J. Johnson",
        2016,
        "ELBO surgery: yet another way to carve up the variational evidence lower bound",
        "Workshop in Advances in Approximate Bayesian Inference, NIPS",
        "http://approximateinference.org/accepted/HoffmanJohnson2016.pdf",
    ),
    "kingma2014": Reference(
        "Kingma and Welling 2014",
        "Diederik P. Kingma, Max Welling",
        2014,
        "Auto-Encoding Variational Bayes",
        "International Conference on Learning Representations (ICLR)",
        "https://arxiv.org/abs/1312.6114",
    ),
    "kingma2016": Reference(
        "Kingma et al. 2016",
        "Diederik P. Kingma, Tim Salimans, Rafal Jozefowicz, Xi Chen, Ilya Sutskever, Max Welling",
        2016,
        "Improved Variational Inference with Inverse Autoregressive Flow",
        "Advances in Neural Information Processing Systems 29, 4743–4751",
        "https://arxiv.org/abs/1606.04934",
    ),
    "lucas2019": Reference(
        "Lucas et al. 2019",
        "James Lucas, George Tucker, Roger Grosse, Mohammad Norouzi",
        2019,
        "Don’t Blame the ELBO! A Linear VAE Perspective on Posterior Collapse",
        "Advances in Neural Information Processing Systems 32",
        "https://arxiv.org/abs/1911.02469",
    ),
    "sohn2015": Reference(
        "Sohn et al. 2015",
        "Kihyuk Sohn, Honglak Lee, Xinchen Yan",
        2015,
        "Learning Structured Output Representation using Deep Conditional Generative Models",
        "Advances in Neural Information Processing Systems 28, 3483–3491",
        "https://papers.nips.cc/paper/5775-learning-structured-output-representation-using-deep-conditional-generative-models",
    ),
    "williams1989": Reference(
        "Williams and Zipser 1989",
        "Ronald J. Williams, David Zipser",
        1989,
        "A Learning Algorithm for Continually Running Fully Recurrent Neural Networks",
        "Neural Computation 1(2), 270–280",
        "https://doi.org/10.1162/neco.1989.1.2.270",
    ),
}


@dataclass(frozen=True)
class Excerpt:
    """Code and its place: `cvae/model/objective.py, line 21`."""

    code: str
    place: str


EXCERPTS: dict[str, tuple[Callable[..., Any], str, str]] = {
    "elbo": (objective.negative_elbo, "", ""),
    "kl": (objective.kl_divergence, "", ""),
    "reconstruction": (objective.reconstruction_loss, "", ""),
    "reparameterize": (cvae.CVAE.reparameterize, "", ""),
    "parts of z": (cvae.Decoder.start, "parts = ", "states = "),
    "ids": (vocabulary.Vocabulary.encode, "return", "return"),
    "heads": (cvae.Encoder.forward, "mean = torch.cat", "return"),
    "spell": (decoding.decode_greedily, "# 2.", "letters = greedy"),
    "shift": (cvae.shift_right, "", ""),
    "forcing": (cvae.CVAE.forward, "forced = ", "logits[forced]"),
    "kl weight": (schedules.kl_weight, "", ""),
    "forcing ratio": (schedules.teacher_forcing_ratio, "", ""),
    "free bits": (objective.free_bits, "", ""),
    "kept": (worlds.kept_nats, "", ""),
    "bound": (worlds.bound, "", ""),
}
"""By name, a function and how the first and the last line to be shown begin; without these, all of it is shown."""


@cache
def excerpt(name: str) -> Excerpt:
    """Return the lines of that name. Raises LookupError when the function has no such lines any more."""
    function, first, last = EXCERPTS[name]
    lines, start = inspect.getsourcelines(function)
    if not first:
        return Excerpt(_without_docstring("".join(lines)), _place(function, start, start + len(lines) - 1))
    begin = _find(lines, first, 0)
    end = _find(lines, last, begin)
    return Excerpt(dedent("".join(lines[begin : end + 1])).rstrip(), _place(function, start + begin, start + end))


def _find(lines: list[str], words: str, after: int) -> int:
    found = [i for i, line in enumerate(lines) if i >= after and line.strip().startswith(words)]
    if not found:
        raise LookupError(f"No line begins with {words!r}.")
    return found[0]


def _without_docstring(source: str) -> str:
    lines = dedent(source).rstrip().splitlines()
    function = ast.parse("\n".join(lines)).body[0]
    assert isinstance(function, ast.FunctionDef)
    if ast.get_docstring(function) is not None:
        text = function.body[0]
        del lines[text.lineno - 1 : text.end_lineno]
    return "\n".join(lines)


def _place(function: Callable[..., Any], first: int, last: int) -> str:
    path = f"{function.__module__.replace('.', '/')}.py"  # also where the app lies elsewhere than the library
    return f"{path}, line {first}" if first == last else f"{path}, lines {first}–{last}"
