using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Posthorn.Benchmarks.Imap;

/// <summary>
/// What an IMAP server does in a second, one row a kind of work; prints <c>ROW name figure</c>, more is better but for times, and
/// <c>CLIENT name cores</c>: how much of the machine this client took meanwhile. What it leaves is the server's; a row in which it takes nearly all says
/// nothing of the server.
/// </summary>
/// <param name="port">Where the server listens; any password is taken.</param>
/// <param name="each">How long a row takes, after as long to warm up.</param>
/// <param name="rows">Which rows, by name; empty for all.</param>
internal sealed class ImapBenchmark(int port, TimeSpan each, IReadOnlyCollection<string> rows)
{
    private const int Connections = 8;
    private const int MailboxLength = 2_000;

    private static readonly byte[] s_mail = Mail(4096);

    public async Task RunAsync()
    {
        await RowAsync("logins", async (user, _) =>
        {
            using var client = await ImapClient.ConnectAsync(port, user);
            await client.SayAsync("LOGOUT");
            return 1;
        }, isConnected: false);
        await RowAsync("append", async (_, client) =>
        {
            await client!.SayAsync($"APPEND INBOX {{{s_mail.Length}+}}\r\n", s_mail);
            return 1;
        });
        await FillAsync();
        await RowAsync("select", async (_, client) =>
        {
            await client!.SayAsync("SELECT Full");
            return 1;
        });
        await RowAsync("fetch-flags", (_, client) => FetchAsync(client!, "FLAGS"), "SELECT Full");
        await RowAsync("fetch-envelope", (_, client) => FetchAsync(client!, "(UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE)"), "SELECT Full");
        await RowAsync("fetch-headers", (_, client) => FetchAsync(client!, "(UID FLAGS BODY.PEEK[HEADER.FIELDS (FROM TO CC SUBJECT DATE MESSAGE-ID)])"), "SELECT Full");
        await RowAsync("fetch-bodies", (_, client) => FetchAsync(client!, "(UID BODY.PEEK[])"), "SELECT Full");
        await RowAsync("search-header", async (_, client) =>
        {
            await client!.SayAsync("SEARCH SUBJECT zebra");
            return MailboxLength;
        }, "SELECT Full");
        await RowAsync("store", async (_, client) =>
        {
            await client!.SayAsync("STORE 1:100 +FLAGS.SILENT (\\Flagged)");
            await client!.SayAsync("STORE 1:100 -FLAGS.SILENT (\\Flagged)");
            return 200;
        }, "SELECT Full");
        if (IsWanted("store+expunge"))
            await ExpungeAsync();
        if (IsWanted("idle-ms"))
            await IdleAsync();
    }

    private bool IsWanted(string row) => rows.Count == 0 || rows.Contains(row);

    private static async Task<int> FetchAsync(ImapClient client, string items)
    {
        await client.SayAsync($"FETCH 1:* {items}");
        return MailboxLength;
    }

    private Task FillAsync() => ForAllAsync(async client =>
    {
        await client.SayAsync("CREATE Full");
        const int atOnce = 50;
        var several = new MemoryStream();
        for (var i = 0; i < atOnce; i++)
        {
            several.Write(Encoding.ASCII.GetBytes($"{(i == 0 ? "" : " ")}{{{s_mail.Length}+}}\r\n"));
            several.Write(s_mail);
        }
        for (var i = 0; i < MailboxLength; i += atOnce)
            await client.SayAsync("APPEND Full ", several.ToArray());
    });

    /// <summary>Messages marked and removed a hundred at a time, by all connections at once; what is put in between rounds is not in the time.</summary>
    private async Task ExpungeAsync()
    {
        var (spent, cpu) = (TimeSpan.Zero, TimeSpan.Zero);
        var done = 0;
        for (var round = 0; spent < each; round++)
        {
            await ForAllAsync(async client =>
            {
                if (round == 0)
                    await client.SayAsync("CREATE Done");
                await client.SayAsync("SELECT Full");
                await client.SayAsync("COPY 1:* Done");
            });
            var (cpuBefore, begun) = (Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
            await ForAllAsync(async client =>
            {
                await client.SayAsync("SELECT Done");
                for (var left = MailboxLength; left >= 100; left -= 100)
                {
                    await client.SayAsync("STORE 1:100 +FLAGS.SILENT (\\Deleted)");
                    await client.SayAsync("EXPUNGE");
                }
            });
            if (round < 2)
                continue; // warms up
            spent += Stopwatch.GetElapsedTime(begun);
            cpu += Environment.CpuUsage.TotalTime - cpuBefore;
            done += Connections * MailboxLength;
        }
        Print("ROW", "store+expunge", done / spent.TotalSeconds);
        Print("CLIENT", "store+expunge", cpu / spent);
    }

    private async Task ForAllAsync(Func<ImapClient, Task> work) => await Task.WhenAll(Users().Select(user => Task.Run(async () =>
    {
        using var client = await ImapClient.ConnectAsync(port, user);
        await work(client);
    })));

    /// <summary>From an APPEND being sent by one session to another one that idles being told.</summary>
    private async Task IdleAsync()
    {
        using var reader = await ImapClient.ConnectAsync(port, "idle");
        using var writer = await ImapClient.ConnectAsync(port, "idle");
        await reader.SayAsync("SELECT INBOX");
        await reader.SendAsync("idle IDLE\r\n");
        await reader.ReadUntilAsync("+ "u8.ToArray());
        var times = new List<double>();
        for (var i = 0; i < 50; i++)
        {
            var begun = Stopwatch.GetTimestamp();
            var told = reader.ReadUntilAsync("* "u8.ToArray());
            await writer.SayAsync($"APPEND INBOX {{{s_mail.Length}+}}\r\n", s_mail);
            await told;
            times.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            await Task.Delay(50); // a server may tell in two lines
        }
        times.Sort();
        Print("ROW", "idle-ms", times[times.Count / 2]);
    }

    private async Task RowAsync(string name, Func<string, ImapClient?, Task<int>> work, string? first = null, bool isConnected = true)
    {
        if (!IsWanted(name))
            return;
        // A server is measured as it is after its first seconds: its processes are there, its code is compiled.
        await Task.WhenAll(Users().Select(user => Task.Run(() => WorkAsync(user, work, first, isConnected, each))));
        var (cpu, begun) = (Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
        var rates = await Task.WhenAll(Users().Select(user => Task.Run(() => WorkAsync(user, work, first, isConnected, each))));
        Print("ROW", name, rates.Sum());
        Print("CLIENT", name, (Environment.CpuUsage.TotalTime - cpu) / Stopwatch.GetElapsedTime(begun));
    }

    /// <summary>Works for a time with a connection of its own, and says how much was done in a second.</summary>
    private async Task<double> WorkAsync(string user, Func<string, ImapClient?, Task<int>> work, string? first, bool isConnected, TimeSpan time)
    {
        using var client = isConnected ? await ImapClient.ConnectAsync(port, user) : null;
        if (first is not null)
            await client!.SayAsync(first);
        await work(user, client); // what is read for the first time
        var (count, begun) = (0L, Stopwatch.GetTimestamp());
        while (Stopwatch.GetElapsedTime(begun) < time)
            count += await work(user, client);
        return count / Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    private static IEnumerable<string> Users() => Enumerable.Range(1, Connections).Select(i => $"user{i}");

    private static void Print(string kind, string name, double figure) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{kind} {name} {figure:0.##}"));

    private static byte[] Mail(int length)
    {
        var mail = new StringBuilder("From: Ann Example <ann@client.test>\r\nTo: orders@posthorn.test\r\nCc: bob@client.test\r\nSubject: The order of today\r\n")
            .Append("Date: Mon, 14 Jul 2025 10:00:00 +0200\r\nMessage-ID: <1234567890@client.test>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nX-Kind: order\r\n\r\n");
        while (mail.Length < length - 72)
            mail.Append("The quick brown fox jumps over the lazy dog, again and again and again.\r\n");
        return Encoding.ASCII.GetBytes(mail.ToString());
    }
}
