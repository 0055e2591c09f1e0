"""Pictures of the results; matplotlib is the `[bench]` extra."""

from __future__ import annotations

from pathlib import Path

from crewbench.tables import Row, best_of


def plot_results(rows: list[Row], path: Path) -> None:
    """value / bound over the budget, a panel a size: the mean over its missions, with the least and the most."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    rows = best_of(rows)
    sizes = list(dict.fromkeys(row.size for row in rows))
    names = list(dict.fromkeys(row.contender.removesuffix("-days") for row in rows))
    figure, panels = pyplot.subplots(1, len(sizes), figsize=(4 * len(sizes), 3.6), sharey=True, squeeze=False)
    for panel, size in zip(panels[0], sizes, strict=True):
        for name in names:
            found: dict[float, list[float]] = {}
            for row in rows:
                if row.size == size and row.contender.removesuffix("-days") == name:
                    found.setdefault(row.budget_s, []).append(row.share or 0.0)
            budgets = sorted(found)
            if not found:
                continue
            means = [sum(found[budget]) / len(found[budget]) for budget in budgets]
            (line,) = panel.plot(budgets, means, marker="o", label=name, color=f"C{names.index(name)}")
            least = [min(found[budget]) for budget in budgets]
            most = [max(found[budget]) for budget in budgets]
            panel.fill_between(budgets, least, most, color=line.get_color(), alpha=0.15)
        panel.set_xscale("log")
        ticks = sorted({row.budget_s for row in rows if row.size == size})
        panel.set_xticks(ticks, [f"{budget:g}" for budget in ticks])
        panel.minorticks_off()
        panel.set_title(size)
        panel.set_xlabel("budget, s")
        panel.grid(alpha=0.3)
    panels[0][0].set_ylabel("value / bound")
    panels[0][0].set_ylim(0, 1.02)
    handles = {line.get_label(): line for panel in panels[0] for line in panel.get_lines()}
    panels[0][-1].legend(list(handles.values()), list(handles), loc="lower right", fontsize=8)
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


def plot_growth(points: list[tuple[int, float]], exponent: float, factor: float, path: Path) -> None:
    """Construction time against sessions, log-log, with the fitted power."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, panel = pyplot.subplots(figsize=(5.2, 3.8))
    sessions = [count for count, _ in points]
    panel.loglog(sessions, [seconds for _, seconds in points], "o", label="construction, CPU time")
    fitted = [factor * count**exponent for count in sessions]
    panel.loglog(sessions, fitted, "-", label=f"sessions to the power {exponent:.2f}")
    panel.set_xticks(sessions, [f"{count:,}" for count in sessions], fontsize=8)
    panel.minorticks_off()
    panel.set_xlabel("sessions")
    panel.set_ylabel("s")
    panel.grid(alpha=0.3, which="both")
    panel.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
