using System.Text;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Server.Spool;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Pipeline.Processors;

/// <summary>Whoever asked with <c>NOTIFY=SUCCESS</c> is told when the mail is where it was to go (RFC 3461 5.2.5), and not before.</summary>
public sealed class SuccessNotificationTests : IDisposable
{
    private const string A = "a@here.test";
    private const string B = "b@here.test";

    private readonly PipelineWorld _world = new();

    public void Dispose() => _world.DisposeAsync().AsTask().GetAwaiter().GetResult();

    [Fact]
    public async Task A_delivery_to_a_mailbox_is_told_to_whom_asked_for_it()
    {
        _world.WithoutPipeline();
        await SendAsync("s@far.test", Asking(A), new Recipient(B));

        await _world.ProcessAsync();

        (await _world.EverythingAsync()).ShouldBe([$"a: {A}", $"b: {B}", "spool/outgoing: s@far.test"]);
        var report = (await _world.InAsync("spool/outgoing")).Single();
        report.Envelope.Sender.ShouldBe("");
        (await _world.TextAsync(report)).ShouldBe($"Subject: bounce\n\n{A}: 250 2.1.5 delivered\n");
    }

    [Theory]
    [InlineData("deliver: { queue: end }", true)]
    [InlineData("copy-to: end, discard: true", false)]
    [InlineData("deliver: outgoing", false)]
    [InlineData("hold: true", false)]
    public async Task Only_the_end_of_the_way_is_a_delivery(string mailets, bool isTold)
    {
        _world.Configure($"pipeline:\n  root: [{{ if: sender-is-null, to: away }}, {{ {mailets} }}]\n  away: [{{ deliver: {{ queue: reports }} }}]");
        await SendAsync("s@far.test", Asking("x@far.test"));

        await _world.ProcessAsync();

        (await _world.InAsync("reports")).Count.ShouldBe(isTold ? 1 : 0);
    }

    [Fact]
    public async Task The_null_sender_is_told_nothing()
    {
        _world.WithoutPipeline();
        await SendAsync("", Asking(A));

        await _world.ProcessAsync();

        (await _world.EverythingAsync()).ShouldBe([$"a: {A}"]);
    }

    [Fact]
    public async Task A_full_mailbox_has_not_taken_it_yet()
    {
        var queue = QueueName.Parse("b");
        await _world.Engine.CommitAsync(new Commit().SetQueue(queue, new QueuePolicy { MessagesMax = 0 }));
        _world.WithoutPipeline();
        await SendAsync("s@far.test", Asking(A), Asking(B));

        await _world.ProcessAsync();

        (await _world.InAsync("spool/deferred")).ShouldHaveSingleItem();
        (await _world.TextAsync((await _world.InAsync("spool/outgoing")).ShouldHaveSingleItem())).ShouldNotContain(B);

        await _world.Engine.CommitAsync(new Commit().SetQueue(queue, QueuePolicy.Default));
        _world.Clock.Advance(TimeSpan.FromMinutes(1));
        await _world.ProcessAsync();

        (await _world.InAsync("b")).ShouldHaveSingleItem();
        var reports = await _world.InAsync("spool/outgoing");
        reports.Count.ShouldBe(2);
        (await _world.TextAsync(reports[^1])).ShouldContain($"{B}: 250 2.1.5 delivered");
    }

    private static Recipient Asking(string address) => new(address) { Notify = DsnNotify.Success };

    private Task SendAsync(string sender, params Recipient[] recipients) => _world.Engine.CommitAsync(new Commit().Add(new NewMessage
    {
        Queue = SpoolQueues.Root,
        Content = Body.Of(Encoding.ASCII.GetBytes("Subject: hello\r\n\r\nbody\r\n")),
        Envelope = new Envelope(sender, recipients),
    })).AsTask();
}
