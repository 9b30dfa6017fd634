using Posthorn.Protocols.Smtp;
using Posthorn.Protocols.Smtp.Commands;
using Posthorn.Protocols.Smtp.Session;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Smtp.Session;

public sealed class SmtpStateTableTests
{
    private static readonly SmtpState[] s_states = [.. Enum.GetValues<SmtpState>().Where(s => s != SmtpState.Closed)];

    [Fact]
    public void Every_command_has_an_answer_in_every_state()
    {
        foreach (var state in s_states)
        {
            foreach (var verb in Enum.GetValues<SmtpVerb>())
            {
                var transition = SmtpStateTable.Of(state, verb);
                Enum.IsDefined(transition.Next).ShouldBeTrue($"{state} {verb}");
                if (transition.Refusal is { } refusal)
                    refusal.IsPermanent.ShouldBeTrue($"{state} {verb}: {refusal}");
            }
        }
    }

    [Fact]
    public void A_closed_session_reads_no_commands() =>
        Should.Throw<InvalidOperationException>(() => SmtpStateTable.Of(SmtpState.Closed, SmtpVerb.Noop));

    [Fact]
    public void Every_state_can_be_left_by_RSET_or_EHLO_and_ended_by_QUIT()
    {
        foreach (var state in s_states)
        {
            SmtpStateTable.Of(state, SmtpVerb.Ehlo).ShouldBe(new SmtpTransition(SmtpState.Ready, null));
            SmtpStateTable.Of(state, SmtpVerb.Rset).ShouldBe(new SmtpTransition(state == SmtpState.Connected ? SmtpState.Connected : SmtpState.Ready, null));
            SmtpStateTable.Of(state, SmtpVerb.Quit).ShouldBe(new SmtpTransition(SmtpState.Closed, null));
        }
    }

    [Fact]
    public void A_mail_is_taken_in_one_order_only()
    {
        Allowed(SmtpVerb.Mail).ShouldBe([SmtpState.Ready]);
        Allowed(SmtpVerb.Rcpt).ShouldBe([SmtpState.Mail, SmtpState.Recipients]);
        Allowed(SmtpVerb.Data).ShouldBe([SmtpState.Recipients]);
        Allowed(SmtpVerb.Bdat).ShouldBe([SmtpState.Recipients, SmtpState.Chunks]);
        Allowed(SmtpVerb.BdatLast).ShouldBe([SmtpState.Recipients, SmtpState.Chunks]);
        Allowed(SmtpVerb.StartTls).ShouldBe([SmtpState.Ready]);
        Allowed(SmtpVerb.Auth).ShouldBe([SmtpState.Ready]);
    }

    [Fact]
    public void The_refusals_are_those_that_clients_know()
    {
        SmtpStateTable.Of(SmtpState.Connected, SmtpVerb.Mail).Refusal.ShouldBe(SmtpReplies.HelloFirst);
        SmtpStateTable.Of(SmtpState.Ready, SmtpVerb.Rcpt).Refusal.ShouldBe(SmtpReplies.MailFirst);
        SmtpStateTable.Of(SmtpState.Mail, SmtpVerb.Mail).Refusal.ShouldBe(SmtpReplies.NestedMail);
        SmtpStateTable.Of(SmtpState.Mail, SmtpVerb.Data).Refusal.ShouldBe(SmtpReplies.NoRecipients);
        SmtpStateTable.Of(SmtpState.Recipients, SmtpVerb.Auth).Refusal.ShouldBe(SmtpReplies.NotInTransaction);
        SmtpStateTable.Of(SmtpState.Chunks, SmtpVerb.Data).Refusal.ShouldBe(SmtpReplies.InChunks);
        SmtpStateTable.Of(SmtpState.Failed, SmtpVerb.Bdat).ShouldBe(new SmtpTransition(SmtpState.Failed, SmtpReplies.ChunkFailed));
        SmtpStateTable.Of(SmtpState.Failed, SmtpVerb.BdatLast).ShouldBe(new SmtpTransition(SmtpState.Ready, SmtpReplies.ChunkFailed));
    }

    private static SmtpState[] Allowed(SmtpVerb verb) => [.. s_states.Where(s => SmtpStateTable.Of(s, verb).IsAllowed)];
}
