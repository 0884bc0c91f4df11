"""A progress bar for a run on the command line."""

from collections.abc import Iterable

from tqdm import tqdm

from cvae.training.records import EpochRecord


def show_progress(epochs: int, done: int, records: Iterable[EpochRecord]) -> None:
    """Consume the records of a run of `epochs`, `done` of which were trained before; write to stderr."""
    bleu4 = gaussian = "–"
    with tqdm(total=epochs, initial=done, unit="epoch", dynamic_ncols=True) as bar:
        for record in records:
            if record.gaussian_score is not None:
                gaussian = f"{record.gaussian_score:.3f} ({record.distinct} distinct)"
                bleu4 = "–" if record.bleu4 is None else f"{record.bleu4:.3f}"
            loss = record.reconstruction + record.beta * record.kl
            scores = f"loss {loss:.2f}, KL {record.kl:.2f}, BLEU-4 {bleu4}, Gaussian {gaussian}"
            bar.set_postfix_str(scores, refresh=False)
            bar.update()
