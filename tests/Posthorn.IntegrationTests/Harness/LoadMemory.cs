using System.Globalization;
using Posthorn.KillLoad;

namespace Posthorn.IntegrationTests.Harness;

/// <summary>
/// What the client of a killed engine remembers: which commits it was told are safe, and which one of each worker was cut short. After each death
/// it compares that with everything the store holds: exactly the answered commits and, of each worker, the last one whole or not at all.
/// </summary>
internal sealed class LoadMemory
{
    private const string Shared = "shared";

    private readonly Dictionary<string, List<string>> _queues = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<string>> _consumed = new(StringComparer.Ordinal);
    private readonly HashSet<(string Queue, string Id)> _ids = [];
    private readonly Dictionary<int, int> _done = [];
    private readonly Dictionary<int, LoadStep> _underWay = [];
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

    /// <summary>Acked in the queue of all by one worker before the other was told that it is in.</summary>
    private readonly HashSet<string> _endedEarly = new(StringComparer.Ordinal);

    // What the store says it holds, as it is told.
    private readonly Dictionary<string, List<string>> _found = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<string>> _foundConsumed = new(StringComparer.Ordinal);
    private readonly Dictionary<int, int> _foundSteps = [];

    public int Answered { get; private set; }

    public int CutShort { get; private set; }

    /// <summary>Of <see cref="CutShort"/>, how many had happened all the same.</summary>
    public int CutShortButDone { get; private set; }

    public int Repeated { get; private set; }

    public int Compared { get; private set; }

    public int MessagesCompared { get; private set; }

    /// <summary>The commits with a key whose answer was lost, for the next life to send again.</summary>
    public IReadOnlyList<string> Again => [.. _underWay.Values.Where(step => step.Key != "-").Select(step => step.ToString())];

    /// <summary>Takes all lines of one life, in order; one that was cut by the death counts as not written.</summary>
    public void Read(IEnumerable<string> lines)
    {
        _taken.Clear();
        _found.Clear();
        _foundConsumed.Clear();
        _foundSteps.Clear();
        foreach (var line in lines)
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words is [.., ";"])
                Read(words[..^1], line);
        }
    }

    private void Read(string[] words, string line)
    {
        switch (words[0])
        {
            case "step":
                _foundSteps[Number(words[1])] = Number(words[2]);
                break;
            case "has":
                words[4].ShouldBe("right", line);
                ListOf(words[2] == "Consumed" ? _foundConsumed : _found, words[1]).Add(words[3]);
                break;
            case "ready":
                Compare();
                break;
            case "again":
                SentAgain(Number(words[1]), Number(words[2]), words[3] == "repeat", line);
                break;
            case "take":
                Take(words[2], words[3..], line);
                break;
            case "will":
                var step = new LoadStep(Number(words[1]), Number(words[2]), words[3], [.. words.Skip(4).Select(Effect.Parse)]);
                step.Number.ShouldBe(_done.GetValueOrDefault(step.Worker) + 1, line);
                _underWay.TryAdd(step.Worker, step).ShouldBeTrue(line);
                break;
            case "did":
                _underWay.Remove(Number(words[1]), out var did).ShouldBeTrue(line);
                words[3].ShouldBe("first", line);
                Apply(did!).ShouldBe(words.ElementAtOrDefault(4) ?? "", $"which were duplicates: {line}");
                Answered++;
                break;
            default:
                throw new FormatException($"'{line}' is no line of the load.");
        }
    }

    private void Compare()
    {
        foreach (var step in _underWay.Values.ToList())
        {
            CutShort += step.IsCounted ? 0 : 1;
            step.IsCounted = true;
            var isDone = _foundSteps[step.Worker] == step.Number;
            if (isDone && !step.IsDone)
            {
                Apply(step);
                CutShortButDone++;
            }
            step.IsDone |= isDone;
            // One without a key is not sent again: its worker goes on with something else.
            if (step.Key == "-")
                _underWay.Remove(step.Worker);
        }
        foreach (var (worker, step) in _foundSteps)
            step.ShouldBe(_done.GetValueOrDefault(worker), $"the last commit of worker {worker}");
        _endedEarly.ShouldBeEmpty("what was acked had been sent");
        Same(_queues, _found, isOrdered: true);
        Same(_consumed, _foundConsumed, isOrdered: false);
        Compared++;
    }

    private void Same(Dictionary<string, List<string>> remembered, Dictionary<string, List<string>> found, bool isOrdered)
    {
        foreach (var queue in remembered.Keys.Union(found.Keys))
        {
            var (expected, actual) = (Ordered(queue, ListOf(remembered, queue)), ListOf(found, queue));
            // Whose commit to the queue of all came first nobody was told.
            var isExact = isOrdered && queue != Shared;
            if (!isExact)
                (expected, actual) = (expected.Order(StringComparer.Ordinal), [.. actual.Order(StringComparer.Ordinal)]);
            actual.ShouldBe(expected, $"what {queue} holds");
            MessagesCompared += actual.Count;
        }
    }

    /// <summary>By priority, then as they came; a FIFO queue as they came.</summary>
    private static IEnumerable<string> Ordered(string queue, List<string> names) =>
        queue.EndsWith("-fifo", StringComparison.Ordinal) ? names : names.OrderByDescending(MessageNames.PriorityOf);

    /// <summary>A commit that was sent again is a repeat when it happened before, and only then.</summary>
    private void SentAgain(int worker, int number, bool isRepeat, string line)
    {
        Repeated++;
        if (!_underWay.TryGetValue(worker, out var step))
        {
            (isRepeat, number).ShouldBe((true, _done.GetValueOrDefault(worker)), line);
            return;
        }
        (isRepeat, number).ShouldBe((step.IsDone, step.Number), line);
        if (!isRepeat)
            Apply(step);
        _underWay.Remove(worker);
    }

    private void Take(string queue, string[] names, string line)
    {
        if (queue == Shared)
        {
            // Each is acked by whoever took it: nobody else is handed it in this life.
            names.ShouldAllBe(name => _taken.Add(name), line);
            return;
        }
        var there = ListOf(_queues, queue);
        names.ShouldBeSubsetOf(there, line);
        names.Distinct().Count().ShouldBe(names.Length, line);
        if (!queue.EndsWith("-fifo", StringComparison.Ordinal))
            return;
        foreach (var group in names.GroupBy(MessageNames.GroupOf))
            group.ShouldBe(there.Where(name => MessageNames.GroupOf(name) == group.Key).Take(group.Count()), line);
    }

    /// <returns>For each message added whether it was a duplicate: 0 or 1.</returns>
    private string Apply(LoadStep step)
    {
        _done[step.Worker] = step.Number;
        return string.Concat(step.Effects.Select(Apply));
    }

    private string Apply(Effect effect)
    {
        var queue = ListOf(_queues, effect.Queue);
        switch (effect.What)
        {
            case "add":
                var isDuplicate = effect.More.Length > 0 && !_ids.Add((effect.Queue, effect.More));
                if (!isDuplicate && !_endedEarly.Remove(effect.Name))
                    queue.Add(effect.Name);
                return isDuplicate ? "1" : "0";
            case "end":
                if (!queue.Remove(effect.Name))
                    (effect.Queue == Shared && _endedEarly.Add(effect.Name)).ShouldBeTrue($"{effect}");
                if (effect.Queue.EndsWith("-keep", StringComparison.Ordinal))
                    ListOf(_consumed, effect.Queue).Add(effect.Name);
                return "";
            case "move":
                queue.Remove(effect.Name).ShouldBeTrue($"{effect}");
                ListOf(_queues, effect.More).Add(effect.Name);
                return "";
            case "replay":
                ListOf(_consumed, effect.Queue).Remove(effect.Name).ShouldBeTrue($"{effect}");
                queue.Add(effect.Name);
                return "";
            case "drop":
                ListOf(_consumed, effect.Queue).Remove(effect.Name).ShouldBeTrue($"{effect}");
                return "";
            default:
                effect.What.ShouldBe("put");
                return "";
        }
    }

    private static List<string> ListOf(Dictionary<string, List<string>> lists, string queue)
    {
        if (!lists.TryGetValue(queue, out var list))
            lists.Add(queue, list = []);
        return list;
    }

    private static int Number(string word) => int.Parse(word, CultureInfo.InvariantCulture);
}
