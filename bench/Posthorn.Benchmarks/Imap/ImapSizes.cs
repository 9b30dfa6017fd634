using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Posthorn.Benchmarks.Imap;

/// <summary>
/// What size costs an IMAP server: opening a mailbox of many messages just after the start, sessions that idle and clients that never say anything.
/// Memory is what the server's process holds of the machine's (VmRSS) when it does not grow any more.
/// </summary>
/// <param name="port">Where the server listens; any password is taken.</param>
/// <param name="process">The server's process.</param>
/// <param name="mailbox">The mailbox of many messages.</param>
internal sealed class ImapSizes(int port, int process, string mailbox)
{
    private const int Sessions = 1_000;
    private const int Accounts = 100;

    public async Task RunAsync()
    {
        using (var client = await ImapClient.ConnectAsync(port, "reader"))
        {
            Print("select-first-ms", await TimeAsync(client, $"SELECT {mailbox}"));
            await client.SayAsync("UNSELECT");
            Print("select-again-ms", await TimeAsync(client, $"SELECT {mailbox}"));
            Print("fetch-last-ms", await TimeAsync(client, "FETCH * (UID FLAGS RFC822.SIZE)"));
        }
        await MeasureAsync("idle-sessions", IdleAsync);
        await MeasureAsync("silent-clients", SilentAsync);
    }

    private static async Task<double> TimeAsync(ImapClient client, string command)
    {
        var begun = Stopwatch.GetTimestamp();
        await client.SayAsync(command);
        return Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
    }

    /// <summary>What each of many costs beyond the few that came before them, for which code was compiled and buffers were made.</summary>
    private async Task MeasureAsync(string name, Func<int, Task<IDisposable>> begin)
    {
        var open = new List<IDisposable>();
        for (var i = 0; i < Sessions / 10; i++)
            open.Add(await begin(i));
        var before = await SettledAsync();
        for (var i = 0; i < Sessions; i++)
            open.Add(await begin(i));
        Print($"{name}-KiB-each", (double)(await SettledAsync() - before) / Sessions);
        open.ForEach(o => o.Dispose());
    }

    private async Task<IDisposable> IdleAsync(int number)
    {
        var client = await ImapClient.ConnectAsync(port, $"idle{number % Accounts}");
        await client.SayAsync("SELECT INBOX");
        await client.SendAsync("idle IDLE\r\n");
        await client.ReadUntilAsync("+ "u8.ToArray());
        client.Rest();
        return client;
    }

    private async Task<IDisposable> SilentAsync(int number)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port);
        await socket.ReceiveAsync(new byte[512]); // the greeting
        return socket;
    }

    /// <summary>KiB, when they were the same for a second.</summary>
    private async Task<long> SettledAsync()
    {
        var (last, since) = (ResidentKiB(), 0);
        while (since < 10)
        {
            await Task.Delay(100);
            var now = ResidentKiB();
            (last, since) = now == last ? (last, since + 1) : (now, 0);
        }
        return last;
    }

    private long ResidentKiB()
    {
        var line = File.ReadLines($"/proc/{process}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    private static void Print(string name, double figure) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} {figure:0.##}"));
}
