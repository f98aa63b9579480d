"""The commands and what each is for, without loading any: `mercer --help` is shown from here."""

from __future__ import annotations

COMMANDS = {
    "init": "Make a workspace in a folder",
    "channel": "Add, list and remove channels",
    "doctor": "Check database, audit, clock, credentials, reachability and quotas",
    "import": "Take products, stock, prices or rates in from a file",
    "export": "Write products, prices or stock to a file",
    "pull": "Read what the channels show, their orders and after-sales",
    "link": "Say which SKU each offer is",
    "adopt": "Settle what a channel and the catalogue have not agreed on yet",
    "plan": "Show what would be changed on the channels, and keep it as a plan",
    "approve": "Let a plan that needs it be applied, as a second person",
    "apply": "Carry a plan out",
    "runs": "What plans were carried out, and how that went",
    "rollback": "Take back the prices that a run wrote",
    "sync": "One whole cycle: pull, link, plan, apply, verify",
    "serve": "Take in the webhooks that platforms send",
    "run": "Work on: take orders in, keep stock right, do what is due",
    "jobs": "See what the workers do; do failed work again, or cancel it",
    "status": "Where every channel stands",
    "reconcile": "Compare each channel's truth with what it should show; nothing is written",
    "conflicts": "See and settle what waits until a person says whose value holds",
    "overrides": "See and end the values that channels keep as their own",
    "orders": "See orders, ship them, hold, release and cancel them",
    "after-sales": "Refunds, returns and cancellations, and what is due",
    "price": "Set prices, see how they come about, push them",
    "campaign": "Prices from a start until an end, on every channel at its own hour",
    "stock": "See, count, correct and move stock, and what may be shown of it",
    "history": "What became of a SKU, a listing or an order, who did it, and why",
    "customers": "Who bought; show, find and erase a person",
    "maintain": "Delete personal data that has had its time; change its key",
    "sandbox": "Serve simulated shops with a ready workspace",
    "demo": "The whole story on five simulated shops, in under a minute",
}

OPTIONS = {
    "--workspace DIR": "The workspace's folder or its mercer.toml",
    "--json": "One JSON document instead of text",
    "--debug": "Show tracebacks and log to standard error",
    "--version": "Show Mercer's version",
    "--help": "Show this text, or that of a command",
}


def overview() -> str:
    return "\n".join(
        [
            "Usage: mercer [OPTIONS] COMMAND [ARGS]...",
            "",
            "  Keep every shop of a multi-channel seller in step.",
            "",
            "Options:",
            *_listed(OPTIONS),
            "",
            "Commands:",
            *_listed(COMMANDS),
            "",
            "Each command explains itself: mercer COMMAND --help",
        ]
    )


def _listed(entries: dict[str, str]) -> list[str]:
    return [f"  {name:<17}{text}" for name, text in entries.items()]
