using System.Net;
using System.Text;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Pipeline.Mailets;

/// <summary>What the http mailet says to a service, and what it makes of its answers.</summary>
public sealed class HttpMailetTests : IDisposable
{
    private const string A = "a@here.test";

    private readonly PipelineWorld _world = new();

    public void Dispose() => _world.DisposeAsync().AsTask().GetAwaiter().GetResult();

    [Fact]
    public async Task Http_posts_the_mail_as_it_is()
    {
        var posted = "";
        _world.Http.Answer = async (request, token) =>
        {
            posted = $"{request.Method} {request.RequestUri}\n{request.Content!.Headers.ContentType} {request.Content.Headers.ContentLength}\n"
                + $"{string.Join(' ', request.Headers.Select(h => $"{h.Key}={string.Join(',', h.Value)}"))}\n{await request.Content.ReadAsStringAsync(token)}";
            return new HttpResponseMessage(HttpStatusCode.NoContent);
        };
        _world.Configure("pipeline:\n  root: [{ http: \"http://check.test/x\" }, { deliver: { queue: end } }]");
        var id = await _world.SendAsync([A, "ü@here.test"]);

        await _world.ProcessAsync();

        posted.ShouldBe($"POST http://check.test/x\nmessage/rfc822 24\nX-Posthorn-Id={id} X-Posthorn-Sender=a@far.test X-Posthorn-Recipient=a@here.test,%C3%BC@here.test\nSubject: hello\r\n\r\nbody\r\n");
        (await _world.InAsync("end")).ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(200, "", "end")]
    [InlineData(200, "OK", "end")]
    [InlineData(200, "{}", "end")]
    [InlineData(200, """{"action":"continue"}""", "end")]
    [InlineData(200, """{"action":"discard"}""", "")]
    [InlineData(200, """{"action":"hold","reason":"spam"}""", "spool/process/root")]
    [InlineData(200, """{"action":"reject","reply":"554 5.6.0 virus"}""", "end")] // the bounce
    [InlineData(200, """{"action":"to","processor":"other"}""", "others")]
    [InlineData(200, """{"action":"to","processor":"nowhere"}""", "spool/process/root")]
    [InlineData(200, """{"action":"dance"}""", "spool/process/root")]
    [InlineData(200, """{"attributes":{"mail.account":"x"}}""", "spool/process/root")]
    [InlineData(200, """{"action":""", "spool/process/root")]
    [InlineData(404, "", "end")]
    [InlineData(403, "", "")]
    [InlineData(451, "", "others")]
    [InlineData(499, "", "spool/process/root")]
    [InlineData(500, "", "spool/process/root")]
    [InlineData(302, "", "spool/process/root")]
    public async Task Http_answers_are_acted_on(int status, string answer, string queue)
    {
        _world.Http.Answer = (_, _) => Task.FromResult(new HttpResponseMessage((HttpStatusCode)status)
        {
            Content = new StringContent(answer, Encoding.UTF8, answer.StartsWith('{') ? "application/json" : "text/plain"),
        });
        _world.Configure("""
            pipeline:
              root:
                - { if: not sender-is-null, http: { url: "http://check.test/", on-status: { 404: continue, 403: discard, 499: retry, 4xx: { to: other } } } }
                - deliver: { queue: end }
              other:
                - deliver: { queue: others }
            """);
        await _world.SendAsync(A);

        await _world.ProcessAsync();

        _world.Engine.Queues().Where(q => q.Messages > 0).Select(q => q.Name.Value).ShouldBe(queue.Length == 0 ? [] : [queue]);
    }

    [Fact]
    public async Task Http_answers_can_change_the_mail()
    {
        _world.Http.Answer = (_, _) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK)
        {
            Content = new StringContent("""{"headers":{"X-Spam":"no"},"attributes":{"score":"1.5"},"priority":8}""", Encoding.UTF8, "application/json"),
        });

        _world.Configure("pipeline:\n  root: [{ http: \"http://check.test/\" }, { deliver: { queue: end } }]");
        await _world.SendAsync(A);

        await _world.ProcessAsync();

        var mail = (await _world.InAsync("end")).Single();
        (await _world.TextAsync(mail)).ShouldBe("Subject: hello\nX-Spam: no\n\nbody\n");
        mail.Text("score").ShouldBe("1.5");
        mail.Priority.Value.ShouldBe(8);
    }

    [Fact]
    public async Task A_service_that_does_not_answer_fails_by_its_time()
    {
        var called = new TaskCompletionSource();
        _world.Http.Answer = async (_, token) =>
        {
            called.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, token);
            throw new InvalidOperationException();
        };
        _world.Configure("pipeline:\n  root: [{ http: { url: \"http://check.test/\", timeout: 7s } }, { deliver: { queue: end } }]");
        await _world.SendAsync(A);

        var processing = _world.ProcessAsync();
        await called.Task;
        _world.Clock.Advance(TimeSpan.FromSeconds(7));
        await processing;

        (await _world.InAsync("spool/process/root")).Single().LastError.ShouldBe("System.TimeoutException: check.test gave no answer within 7s");
    }
}
