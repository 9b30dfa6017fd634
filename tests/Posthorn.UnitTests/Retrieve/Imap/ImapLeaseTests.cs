using Posthorn.Leases;
using Posthorn.Queues;
using Posthorn.UnitTests.Accept.Smtp;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Retrieve.Imap;

/// <summary>The claim of a consumer over IMAP is a lease of the engine's.</summary>
public sealed class ImapLeaseTests
{
    private static readonly QueueName s_queue = QueueName.Parse("billing");

    [Fact]
    public async Task Of_two_consumers_that_claim_a_message_one_gets_it_and_the_other_is_told_so()
    {
        await using var host = new ImapHost();
        await host.AddAsync();
        var first = await host.SelectAsync(enable: "CONDSTORE");
        var second = await host.SelectAsync(enable: "CONDSTORE");

        await first.AskImapAsync("UID STORE 1 (UNCHANGEDSINCE 1) +FLAGS.SILENT ($Lease)", "* 1 FETCH (UID 1 MODSEQ (1))", "t OK …");
        await second.AskImapAsync("UID STORE 1 (UNCHANGEDSINCE 1) +FLAGS.SILENT ($Lease)", "* 1 FETCH (FLAGS ($Leased) MODSEQ (1))", "t OK [MODIFIED 1] …");

        await first.AskImapAsync("FETCH 1 FLAGS", "* 1 FETCH (FLAGS ($Lease))", "t OK …");
        await second.AskImapAsync("FETCH 1 FLAGS", "* 1 FETCH (FLAGS ($Leased))", "t OK …");
        (await host.LeaseAsync()).ShouldBeNull();
        host.Status().Leased.ShouldBe(1);
    }

    [Fact]
    public async Task A_claim_without_a_condition_on_what_another_consumer_holds_is_NO()
    {
        await using var host = new ImapHost();
        await host.AddAsync();
        await host.LeaseAsync();
        var client = await host.SelectAsync();

        await client.AskImapAsync("STORE 1 +FLAGS ($Lease)", "t NO [INUSE] …");

        await client.AskImapAsync("FETCH 1 FLAGS", "* 1 FETCH (FLAGS ($Leased))", "t OK …");
    }

    [Fact]
    public async Task A_claimed_message_is_acked_by_EXPUNGE()
    {
        await using var host = new ImapHost();
        await host.AddAsync();
        var client = await host.SelectAsync();
        await client.AskImapAsync("STORE 1 +FLAGS ($Lease)", "* 1 FETCH (FLAGS ($Lease))", "t OK …");
        await client.AskImapAsync("STORE 1 +FLAGS (\\Deleted)", "* 1 FETCH (FLAGS (\\Deleted $Lease))", "t OK …");

        await client.AskImapAsync("EXPUNGE", "* 1 EXPUNGE", "t OK …");

        host.Status().Messages.ShouldBe(0);
    }

    [Fact]
    public async Task A_claim_ends_with_the_visibility_timeout_and_everyone_is_told()
    {
        await using var host = new ImapHost();
        await host.AddAsync();
        var holder = await host.SelectAsync();
        var other = await host.SelectAsync();
        await holder.ImapAsync("STORE 1 +FLAGS ($Lease)");
        await other.AskImapAsync("NOOP", "* 1 FETCH (FLAGS ($Leased))", "t OK …");

        host.Clock.Advance(TimeSpan.FromSeconds(30));

        await other.AskImapAsync("NOOP", "* 1 FETCH (FLAGS ())", "t OK …");
        await holder.AskImapAsync("NOOP", "* 1 FETCH (FLAGS ())", "t OK …");
        (await host.LeaseAsync()).ShouldNotBeNull().Message.ReceiveCount.ShouldBe(2);
    }

    [Fact]
    public async Task What_was_claimed_and_lost_is_not_removed_even_if_the_client_was_not_told_yet()
    {
        await using var host = new ImapHost();
        await host.AddAsync();
        var holder = await host.SelectAsync();
        await holder.ImapAsync("STORE 1 +FLAGS ($Lease \\Deleted)");
        host.Clock.Advance(TimeSpan.FromSeconds(31));
        (await host.LeaseAsync()).ShouldNotBeNull();

        await holder.AskImapAsync("EXPUNGE", "* 1 FETCH (FLAGS (\\Deleted $Leased))", "t NO [EXPUNGEISSUED] …");

        host.Status().Messages.ShouldBe(1);
    }

    [Fact]
    public async Task A_message_whose_claim_was_lost_cannot_be_changed_before_it_is_claimed_again()
    {
        await using var host = new ImapHost();
        await host.AddAsync();
        var holder = await host.SelectAsync();
        await holder.ImapAsync("STORE 1 +FLAGS ($Lease)");
        host.Clock.Advance(TimeSpan.FromSeconds(31));

        await holder.AskImapAsync("STORE 1 +FLAGS (\\Deleted)", "* 1 FETCH (FLAGS ())", "t NO [INUSE] …");
        await holder.AskImapAsync("STORE 1 +FLAGS ($Lease)", "* 1 FETCH (FLAGS ($Lease))", "t OK …");
        await holder.AskImapAsync("STORE 1 +FLAGS (\\Deleted)", "* 1 FETCH (FLAGS (\\Deleted $Lease))", "t OK …");
    }

    [Fact]
    public async Task NOOP_renews_the_claim()
    {
        await using var host = new ImapHost();
        await host.AddAsync();
        var holder = await host.SelectAsync();
        await holder.ImapAsync("STORE 1 +FLAGS ($Lease)");
        host.Clock.Advance(TimeSpan.FromSeconds(20));
        await holder.AskImapAsync("NOOP", "t OK …");
        host.Clock.Advance(TimeSpan.FromSeconds(20));

        await holder.AskImapAsync("FETCH 1 FLAGS", "* 1 FETCH (FLAGS ($Lease))", "t OK …");
        host.Status().Leased.ShouldBe(1);
    }

    [Fact]
    public async Task An_idle_session_keeps_its_claims()
    {
        await using var host = new ImapHost();
        await host.AddAsync();
        var holder = await host.SelectAsync();
        await holder.ImapAsync("STORE 1 +FLAGS ($Lease)");
        await holder.AskImapAsync("IDLE", "+ idling");

        for (var second = 0; second < 120; second++)
            host.Clock.Advance(TimeSpan.FromSeconds(1));

        host.Status().Leased.ShouldBe(1);
        await holder.SendAsync("DONE");
        (await holder.AnswerAsync()).ShouldBe(["t OK Done."]);
    }

    [Theory]
    [InlineData("STORE 1 -FLAGS ($Lease)")]
    [InlineData("CLOSE")]
    [InlineData("UNSELECT")]
    [InlineData("SELECT elsewhere")]
    [InlineData("LOGOUT")]
    public async Task A_claim_is_given_back_at_once_by(string command)
    {
        await using var host = new ImapHost();
        await host.AddAsync();
        await host.AddAsync(queue: "elsewhere");
        var holder = await host.SelectAsync();
        await holder.ImapAsync("STORE 1 +FLAGS ($Lease)");

        await holder.ImapAsync(command);
        if (command == "LOGOUT")
            await holder.ClosedAsync();

        (await host.LeaseAsync()).ShouldNotBeNull().Message.ReceiveCount.ShouldBe(2);
    }

    [Fact]
    public async Task A_connection_that_breaks_gives_its_claims_back()
    {
        await using var host = new ImapHost();
        await host.AddAsync();
        var holder = await host.SelectAsync();
        await holder.ImapAsync("STORE 1 +FLAGS ($Lease)");

        await holder.Output.CompleteAsync();
        await holder.Session;

        (await host.LeaseAsync()).ShouldNotBeNull();
    }

    [Fact]
    public async Task What_waits_for_its_time_or_is_held_says_so_and_cannot_be_claimed()
    {
        await using var host = new ImapHost();
        await host.SetAsync(new QueuePolicy { Delay = TimeSpan.FromMinutes(1) });
        await host.AddAsync();
        var client = await host.SelectAsync();

        await client.AskImapAsync("FETCH 1 FLAGS", "* 1 FETCH (FLAGS ($Delayed))", "t OK …");
        await client.AskImapAsync("STORE 1 +FLAGS ($Lease)", "t NO [INUSE] …");
        await client.AskImapAsync("SEARCH KEYWORD $Delayed", "* SEARCH 1", "t OK …");
        host.Clock.Advance(TimeSpan.FromMinutes(1));
        await client.AskImapAsync("NOOP", "* 1 FETCH (FLAGS ())", "t OK …");
        await client.AskImapAsync("STORE 1 +FLAGS ($Lease)", "* 1 FETCH (FLAGS ($Lease))", "t OK …");
    }

    [Fact]
    public async Task A_claimed_message_is_moved_by_its_lease_and_by_no_lost_one()
    {
        await using var host = new ImapHost();
        await host.AddAsync();
        await host.AddAsync();
        var holder = await host.SelectAsync();
        await holder.ImapAsync("CREATE Done");
        await holder.ImapAsync("STORE 1:2 +FLAGS ($Lease)");

        await holder.AskImapAsync("MOVE 1 Done", "* OK [COPYUID 2 1 1] …", "* 1 EXPUNGE", "t OK …");
        host.Clock.Advance(TimeSpan.FromSeconds(31));
        await holder.AskImapAsync("MOVE 1 Done", "* 1 FETCH (FLAGS ())", "t NO [EXPUNGEISSUED] …");

        host.Status("billing/Done").Messages.ShouldBe(1);
        (await host.LeaseAsync()).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_mail_program_that_knows_nothing_of_claims_reads_and_removes_what_others_hold()
    {
        await using var host = new ImapHost();
        await host.AddAsync();
        var leased = await host.LeaseAsync();
        var client = await host.SelectAsync();

        await client.ImapAsync("FETCH 1 BODY[]");
        (await host.Engine.ExtendAsync(leased!.Handle, TimeSpan.FromSeconds(30))).ShouldNotBeNull("reading ends no lease");
        await client.AskImapAsync("STORE 1 +FLAGS.SILENT (\\Deleted)", "t OK …");
        await client.AskImapAsync("EXPUNGE", "* 1 EXPUNGE", "t OK …");

        host.Status().Messages.ShouldBe(0);
    }
}
