using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace Posthorn.Benchmarks.Peers;

/// <summary>Durable sends, and send + receive + ack, by so many clients at once in batches of so many, at one peer after the other; prints a table of rates and ratios.</summary>
/// <param name="time">How long a figure takes, after a third of it to warm up.</param>
/// <param name="rounds">How often each peer has its turn; the median is told.</param>
/// <param name="warmUp">How long each peer runs before anything is measured, and as long again with one client: the code of both sides is compiled in full first. 6 s without.</param>
/// <param name="tidyUp">What is done before each turn, so that nobody pays for what the one before him has left to do.</param>
internal sealed class PeerBenchmark(TimeSpan time, int rounds, TimeSpan? warmUp = null, Func<Task>? tidyUp = null)
{
    /// <summary>1 KiB of hexadecimal digits: valid in every system, and hard to compress.</summary>
    public static byte[] Body { get; } = Convert.ToHexString(RandomNumberGenerator.GetBytes(512)).Select(c => (byte)c).ToArray();

    private const int WarmUpClients = 16;
    private readonly TimeSpan _warmUp = warmUp ?? TimeSpan.FromSeconds(6);
    private readonly Dictionary<string, List<double>> _rates = [];
    private readonly Dictionary<(string Peer, bool IsCycle), double> _shares = [];
    private bool _isBatched;

    /// <param name="peers">The first is what the others are compared with.</param>
    /// <param name="clients">How many clients there are, one table row each.</param>
    /// <param name="batches">How many messages a step has.</param>
    public async Task RunAsync(IReadOnlyList<IPeer> peers, IReadOnlyList<int> clients, IReadOnlyList<int> batches)
    {
        Console.WriteLine($"Messages a second of {Body.Length} bytes, {time.TotalSeconds:0.##} s a figure, {rounds} rounds in turns, {Environment.ProcessorCount} processors. In brackets the ratio to the first.");
        Console.WriteLine();
        foreach (var peer in peers)
        {
            // What is compared is what runs for hours.
            await peer.PrepareAsync(WarmUpClients);
            await RateAsync(peer, isCycle: true, WarmUpClients, Math.Min(10, batches.Max()), _warmUp);
            await RateAsync(peer, isCycle: true, 1, 1, _warmUp);
        }
        // Where every step has one message there is nothing to tell of batches.
        _isBatched = batches.Any(batch => batch > 1);
        Console.WriteLine($"| work | clients | {(_isBatched ? "batch | " : "")}{string.Join(" | ", peers.Select(p => p.Name))} |");
        Console.WriteLine($"|---|--:|{(_isBatched ? "--:|" : "")}{string.Concat(peers.Select(_ => "--:|"))}");
        foreach (var isCycle in new[] { false, true })
        {
            foreach (var count in clients)
            {
                foreach (var batch in batches)
                    await RowAsync(peers, isCycle, count, batch);
            }
        }
    }

    /// <summary>How much of the machine's processors this process, which holds the clients, had at the largest number of clients measured.</summary>
    /// <param name="peers">As they were run.</param>
    public void TellClientShare(IReadOnlyList<IPeer> peers)
    {
        Console.WriteLine();
        Console.WriteLine("The clients' share of all processors in the last row of each work (send / send + receive + ack):");
        Console.WriteLine(string.Join(", ", peers.Select(p => string.Create(CultureInfo.InvariantCulture,
            $"{p.Name} {_shares[(p.Name, false)]:0 %} / {_shares[(p.Name, true)]:0 %}"))) + ".");
    }

    private async Task RowAsync(IReadOnlyList<IPeer> peers, bool isCycle, int clients, int batch)
    {
        _rates.Clear();
        for (var round = 0; round < rounds; round++)
        {
            foreach (var peer in peers)
            {
                await (tidyUp?.Invoke() ?? Task.CompletedTask);
                await peer.PrepareAsync(clients);
                await RateAsync(peer, isCycle, clients, batch, time / 3);
                var (usage, begun) = (Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
                Add(peer.Name, await RateAsync(peer, isCycle, clients, batch, time));
                _shares[(peer.Name, isCycle)] = (Environment.CpuUsage.TotalTime - usage) / Stopwatch.GetElapsedTime(begun) / Environment.ProcessorCount;
            }
        }
        var first = Median(peers[0].Name);
        var cells = peers.Select(p => Median(p.Name)).Select((rate, i) => i == 0 ? $"{rate:N0}" : $"{rate:N0} ({rate / first:0.00})");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {(isCycle ? "send + receive + ack" : "send")} | {clients} | {(_isBatched ? $"{batch} | " : "")}{string.Join(" | ", cells)} |"));
    }

    private static async Task<double> RateAsync(IPeer peer, bool isCycle, int clients, int batch, TimeSpan time)
    {
        var begun = Stopwatch.GetTimestamp();
        var done = await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(async () =>
        {
            long count = 0;
            while (Stopwatch.GetElapsedTime(begun) < time)
            {
                await peer.SendAsync(client, batch);
                if (isCycle)
                    count += await TakeAllAsync(peer, client, batch);
                else
                    count += batch;
            }
            return count;
        })));
        return done.Sum() / Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    /// <summary>As many as were sent, whoever sent them: all that wait are fewer than the clients' batches together.</summary>
    private static async Task<int> TakeAllAsync(IPeer peer, int client, int batch)
    {
        var taken = 0;
        while (taken < batch)
            taken += await peer.TakeAsync(client, batch - taken);
        return taken;
    }

    private void Add(string name, double rate)
    {
        if (!_rates.TryGetValue(name, out var rates))
            _rates[name] = rates = [];
        rates.Add(rate);
    }

    private double Median(string name)
    {
        var rates = _rates[name];
        rates.Sort();
        return (rates[(rates.Count - 1) / 2] + rates[rates.Count / 2]) / 2;
    }
}
