using System.Net;
using System.Net.Http.Json;

namespace Posthorn.IntegrationTests;

/// <summary>What the sample <c>samples/Registration</c> claims, one by one against a mail server that a test steers; and the story it tells itself.</summary>
public sealed class RegistrationStoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http = new() { BaseAddress = new Uri($"http://127.0.0.1:{FreePort.Take()}"), Timeout = TimeSpan.FromSeconds(30) };

    public void Dispose()
    {
        _http.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task The_answer_waits_for_no_mail_server_and_the_mail_is_tried_again_until_there_is_one()
    {
        await using var relay = new RecordingSmtpServer(isListening: false);
        await using var shop = await StartAsync(relay, consumers: 2);

        await RegisterAsync("ada@example.test"); // answered, though nobody could be told of it
        await Until.TrueAsync(() => shop.Output.Contains("it is tried again", StringComparison.Ordinal), "a first attempt has failed");
        (await MailsAsync())["welcome-mails"].ShouldBe(1);
        relay.Listen();

        await Until.TrueAsync(() => relay.Count == 1, "the mail is delivered");
        relay.Mails.Single().Recipients.ShouldBe(["ada@example.test"]);
        await Until.TrueAsync(async () => (await MailsAsync())["welcome-mails"] == 0, "nothing waits any more");
    }

    [Fact]
    public async Task A_bad_address_is_a_dead_letter_at_once_and_holds_nobody_up()
    {
        var asked = 0;
        await using var relay = new RecordingSmtpServer
        {
            Script = (stage, line) => stage == Stage.Rcpt && line.Contains("nobody@", StringComparison.Ordinal) && Interlocked.Increment(ref asked) > 0
                ? new Verdict("550 5.1.1 No such user") : null,
        };
        await using var shop = await StartAsync(relay, consumers: 1);

        await RegisterAsync("nobody@example.test");
        await RegisterAsync("ada@example.test");

        await Until.TrueAsync(async () => (await MailsAsync()).GetValueOrDefault("welcome-mails-dead") == 1, "it is a dead letter");
        await Until.TrueAsync(() => relay.Count == 1, "the other one is delivered");
        asked.ShouldBe(1);
    }

    [Fact]
    public async Task Each_consumer_that_is_added_sends_one_mail_more_at_once_and_none_twice()
    {
        const int mails = 16, consumers = 8;
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (atOnce, atOnceMax) = (0, 0);
        await using var relay = new RecordingSmtpServer
        {
            Before = async stage =>
            {
                if (stage != Stage.Content)
                    return;
                atOnceMax = Math.Max(Interlocked.Increment(ref atOnce), atOnceMax);
                await release.Task;
                Interlocked.Decrement(ref atOnce);
            },
        };
        await using var shop = await StartAsync(relay, consumers: 1);
        for (var i = 0; i < mails; i++)
            await RegisterAsync($"user{i}@example.test");

        await Until.TrueAsync(() => Volatile.Read(ref atOnce) == 1, "the only consumer sends one mail");
        for (var i = 1; i < consumers; i++)
        {
            (await _http.PostAsync(new Uri("/consumers", UriKind.Relative), null)).EnsureSuccessStatusCode();
            await Until.TrueAsync(() => Volatile.Read(ref atOnce) == i + 1, $"{i + 1} consumers send so many mails at once");
        }
        release.SetResult();

        await Until.TrueAsync(() => relay.Count == mails, "every mail is delivered");
        atOnceMax.ShouldBe(consumers);
        relay.Mails.Select(m => m.Recipients.Single()).ShouldBeUnique();
    }

    [Fact]
    public async Task The_story_is_told_in_one_terminal_to_its_end()
    {
        await using var story = SampleProcess.Start("Registration", ["story"]);
        (await story.WaitForExitAsync(TimeSpan.FromMinutes(2))).ShouldBe(0, story.Output + story.Error);
        story.Error.ShouldBeEmpty();
        foreach (var line in new[]
        {
            "POST /users ada@example.test: 202 Accepted", "attempt 2 failed", "Ada's mail is delivered", "a dead letter after one attempt",
            "5.1.1 No such user", "1 consumer : at most 1 at once", "6 consumers: at most ", "25 mails are delivered, 25 people have one each; 1 is a dead letter.",
        })
            story.Output.ShouldContain(line);
    }

    private async Task<ChildProcess> StartAsync(RecordingSmtpServer relay, int consumers)
    {
        var shop = SampleProcess.Start(
            "Registration", ["--urls", _http.BaseAddress!.ToString(), "--Data", _folder["data"], "--Smtp:Port", $"{relay.Port}", "--Consumers", $"{consumers}"]);
        await Until.TrueAsync(async () => shop.HasExited || await FreePort.IsServedAsync(_http.BaseAddress.Port), "the shop listens", TimeSpan.FromSeconds(60));
        shop.HasExited.ShouldBeFalse(shop.Output + shop.Error);
        return shop;
    }

    private async Task RegisterAsync(string address)
    {
        using var answer = await _http.PostAsJsonAsync("users", new { name = "Ada", address });
        answer.StatusCode.ShouldBe(HttpStatusCode.Accepted);
    }

    private async Task<Dictionary<string, long>> MailsAsync() => (await _http.GetFromJsonAsync<Dictionary<string, long>>("mails")).ShouldNotBeNull();
}
