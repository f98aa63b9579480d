"""`mercer campaign approve`."""

from __future__ import annotations

import click

from mercer.commands import campaign_documents as documents
from mercer.commands.invocation import Command, Invocation
from mercer.commands.output import Output
from mercer.commands.plan_words import approved_by
from mercer.commands.workspace import opened
from mercer.sync import campaign_approval
from mercer.sync.campaign_approval import beforehand
from mercer.sync.campaigns import known


@click.command(cls=Command, short_help="Let its edges go without anybody, as a second person")
@click.argument("name")
@click.option("--reason", default="", metavar="TEXT", help="Why; it is kept with the approval.")
@click.option("--withdraw", "back", is_flag=True, help="Take back every approval of it.")
@click.pass_obj
def approve(invocation: Invocation, name: str, reason: str, back: bool) -> None:
    """Approve both edges of a campaign beforehand, as they were foreseen when it was made.

    Look at them first: mercer campaign show NAME. An edge that turns out otherwise needs an approval of
    its own, if its plan needs any.
    """
    out = Output(invocation)
    with opened(invocation) as workspace:
        session = workspace.session()
        if back:
            campaign_approval.withdraw(session, name, reason.strip())
        else:
            campaign_approval.approve(session, name, reason.strip())
        with workspace.database.read() as tx:
            campaign = known(tx, name)
            found = beforehand(tx, session, campaign)
    out.line(f"campaign {name}, checksum {campaign.checksum}")
    for each in found.given:
        out.line(approved_by(each, counts=found.counts))
    if not found.given:
        out.line("nobody approves it now: what needs approval at its edges waits for a person")
    out.document({"campaign": name, "checksum": campaign.checksum, **documents.approval(found)})
