using System.Diagnostics;
using System.Net.Http.Json;
using Posthorn.Embedded;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Samples.Registration.Story;

/// <summary>Starts the shop and a mail server, lets people register, and tells what becomes of their mails.</summary>
internal sealed class Teller(HttpClient http, IQueues queues, MailServer mailServer)
{
    private const int Crowd = 12;

    /// <summary>Tells the whole story; leaves nothing behind.</summary>
    /// <returns>0 when it went as told.</returns>
    public static async Task<int> TellAsync()
    {
        var folder = Directory.CreateTempSubdirectory("registration-");
        try
        {
            await using var mailServer = new MailServer();
            await using var shop = Shop.Build(
            [
                "--urls", "http://127.0.0.1:0", "--Data", Path.Combine(folder.FullName, "data"), "--Smtp:Port", $"{mailServer.Port}", "--Consumers", "1",
                "--Logging:LogLevel:Default", "None",
            ]);
            await shop.StartAsync();
            using var http = new HttpClient { BaseAddress = new Uri(shop.Urls.Single()) };
            var teller = new Teller(http, shop.Services.GetRequiredService<IQueues>(), mailServer);
            await teller.TellOfAdaAsync();
            await teller.TellOfNobodyAsync();
            await teller.TellOfTheCrowdAsync();
            await shop.StopAsync();
            return 0;
        }
        catch (TimeoutException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task TellOfAdaAsync()
    {
        Console.WriteLine("1. The mail server is down. Ada registers all the same:");
        await RegisterAsync("Ada", "ada@example.test");
        for (var attempts = 0; attempts < 2;)
        {
            var failed = await UntilAsync(() => FindAsync("welcome-mails", m => m.State == MessageState.Delayed && m.ReceiveCount > attempts), "an attempt fails");
            Console.WriteLine($"   attempt {failed.ReceiveCount} failed ({FirstLine(failed.LastError)}); tried again {Ahead(failed.DueAt)}");
            attempts = failed.ReceiveCount;
        }
        Console.WriteLine("2. The mail server comes up:");
        mailServer.Start();
        await UntilAsync(() => Task.FromResult(mailServer.Delivered.Contains("ada@example.test") ? mailServer : null), "Ada has her mail");
        Console.WriteLine("   Ada's mail is delivered. Nobody had to do anything, and nothing was lost.");
    }

    private async Task TellOfNobodyAsync()
    {
        Console.WriteLine("3. Somebody mistypes the address:");
        await RegisterAsync("Bob", "nobody@example.test");
        var dead = await UntilAsync(() => FindAsync("welcome-mails-dead", _ => true), "the mail is a dead letter");
        Console.WriteLine($"   refused for good, so it is a dead letter after {dead.ReceiveCount switch { 0 or 1 => "one attempt", var n => n + " attempts" }}: {FirstLine(dead.LastError)}");
    }

    private async Task TellOfTheCrowdAsync()
    {
        mailServer.TimePerMail = TimeSpan.FromMilliseconds(250);
        Console.WriteLine($"4. The mail server takes {mailServer.TimePerMail.TotalMilliseconds:0} ms over a mail. {Crowd} people register, twice:");
        foreach (var consumers in new[] { 1, 6 })
        {
            for (var i = 1; i < consumers; i++)
                (await http.PostAsync(new Uri("/consumers", UriKind.Relative), null)).EnsureSuccessStatusCode();
            mailServer.TakeAtOnceMax();
            var (before, watch) = (mailServer.Delivered.Count, Stopwatch.StartNew());
            foreach (var n in Enumerable.Range(1, Crowd))
                await RegisterAsync($"Person {n}", $"person{n}-{consumers}@example.test", isTold: false);
            await UntilAsync(() => Task.FromResult(mailServer.Delivered.Count >= before + Crowd ? mailServer : null), "everyone has the mail");
            var seconds = watch.Elapsed.TotalSeconds;
            Console.WriteLine($"   {consumers} consumer{(consumers == 1 ? " " : "s")}: at most {mailServer.TakeAtOnceMax()} at once, {Crowd / seconds:0.0} mails a second");
        }
        Console.WriteLine($"{mailServer.Delivered.Count} mails are delivered, {mailServer.Delivered.Distinct(StringComparer.Ordinal).Count()} people have one each; 1 is a dead letter.");
    }

    private async Task RegisterAsync(string name, string address, bool isTold = true)
    {
        var watch = Stopwatch.StartNew();
        using var answer = await http.PostAsJsonAsync("/users", new User(name, address), ShopJson.Default.User);
        answer.EnsureSuccessStatusCode();
        if (isTold)
            Console.WriteLine($"   POST /users {address}: {(int)answer.StatusCode} {answer.StatusCode} after {watch.Elapsed.TotalMilliseconds:0} ms; the mail is queued, on disk");
    }

    private async Task<Message?> FindAsync(string queue, Func<Message, bool> isIt)
    {
        await foreach (var message in queues.Get(queue).BrowseAsync(MessageFilter.All))
            if (isIt(message))
                return message;
        return null;
    }

    private static async Task<T> UntilAsync<T>(Func<Task<T?>> look, string what)
        where T : class
    {
        var watch = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (watch.Elapsed < TimeSpan.FromSeconds(60))
        {
            if (await look() is { } found)
                return found;
            await timer.WaitForNextTickAsync();
        }
        throw new TimeoutException($"Within a minute this did not come true: {what}.");
    }

    private static string FirstLine(string? text) => text?.Split('\n')[0].Trim() ?? "";

    private static string Ahead(DateTimeOffset due) =>
        due - TimeProvider.System.GetUtcNow() is var wait && wait > TimeSpan.Zero ? $"in {wait.TotalSeconds:0.0} s" : "now";
}
