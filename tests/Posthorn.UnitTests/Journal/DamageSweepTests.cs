using System.Text;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Engine;
using Posthorn.Journal;
using Posthorn.Journal.Recovery;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Journal;

/// <summary>
/// Every file of a small journal (segments, hints, bodies, spares), with one bit of each byte flipped in turn and cut at each place in turn. Either
/// nothing is lost by it; or the engine serves and says of each message that it cannot give that it is damaged; or it does not open, says which
/// file, and a repair keeps all but what was hit. Nothing is lost silently, nothing that was removed comes back silently, and nothing else is thrown.
/// </summary>
/// <remarks>Each byte with POSTHORN_LONG=1, else some of them, by strides that are prime.</remarks>
public sealed class DamageSweepTests : IAsyncLifetime
{
    private static readonly bool IsLong = Environment.GetEnvironmentVariable("POSTHORN_LONG") == "1";
    private static readonly QueueName Orders = QueueName.Parse("orders");
    private static readonly QueuePolicy Policy = new() { MessagesMax = 1_000, VisibilityTimeout = TimeSpan.FromMinutes(7) };

    /// <summary>Most messages that one byte can hit: those of one commit.</summary>
    private const int HitMax = 3;

    // No memory for the index, so that older messages are on disk only; larger bodies are files.
    private static readonly JournalOptions Options = JournalTestOptions.Cold with { InlineBodyBytesMax = 256, SparesMax = 1, ScrubBytesPerSecond = 0 };

    private readonly ManualTimeProvider _time = new();
    private readonly Dictionary<MessageId, string> _there = [];
    private readonly List<MessageId> _removed = [];
    private readonly Dictionary<Outcome, int> _outcomes = [];
    private readonly MemoryFileSystem _files = new();

    private enum Outcome
    {
        Harmless,
        Told,
        Refused,
    }

    public async Task InitializeAsync()
    {
        await using (var engine = await JournalEngine.OpenAsync(_files, Options, _time))
        {
            await engine.CommitAsync(new Commit().SetQueue(Orders, Policy).SetDocument("document", new byte[] { 1, 2, 3 }));
            for (var i = 0; i < 75; i++)
                await AddAsync(engine, i % 25 == 7 ? 600 : 150 + i);
            foreach (var id in _there.Keys.Where((_, i) => i % 9 == 4).ToList())
            {
                await engine.CommitAsync(new Commit().Remove(id));
                _there.Remove(id);
                _removed.Add(id);
            }
            for (var i = 0; i < 10; i++)
                await AddAsync(engine, 100);
            await UntilAsync(() => _files.List("hints").Count >= 2);
        }
        await using (var engine = await JournalEngine.OpenAsync(_files.Copy(), Options, _time))
            engine.ColdMessages.ShouldBeGreaterThan(0);
        _files.Segments().Count.ShouldBeGreaterThan(2);
        _files.List("bodies").Count.ShouldBe(3);
        _files.List("spares").ShouldNotBeEmpty();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_flipped_bit_anywhere_loses_nothing_silently(bool hasHints)
    {
        await SweepAsync(hasHints, stride: IsLong ? 1 : hasHints ? 19 : 53, hitMax: HitMax, (bytes, at) =>
        {
            var damaged = (byte[])bytes.Clone();
            damaged[at] ^= (byte)(1 << (at % 8));
            return damaged;
        });
        _outcomes.Keys.ShouldContain(Outcome.Harmless);
        _outcomes.Keys.ShouldContain(Outcome.Told);
        _outcomes.Keys.ShouldContain(Outcome.Refused);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_cut_anywhere_loses_nothing_silently(bool hasHints)
    {
        await SweepAsync(hasHints, stride: IsLong ? 1 : hasHints ? 101 : 307, hitMax: int.MaxValue, (bytes, at) => bytes[..at]);
        _outcomes.Keys.ShouldContain(Outcome.Refused);
        _outcomes.Keys.ShouldContain(Outcome.Told); // a body
    }

    private async Task SweepAsync(bool hasHints, int stride, int hitMax, Func<byte[], int, byte[]> damage)
    {
        string[] folders = hasHints ? ["segments", "hints", "bodies", "spares"] : ["segments", "bodies"];
        foreach (var hint in hasHints ? [] : _files.List("hints"))
            await _files.DeleteAsync($"hints/{hint}");
        foreach (var name in folders.SelectMany(folder => _files.List(folder).Select(file => $"{folder}/{file}")))
        {
            var bytes = _files[name];
            // What was never written is alike throughout.
            var used = bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
            for (var at = 0; at < bytes.Length; at += at < used || IsLong ? stride : stride * 16)
            {
                var damaged = _files.Copy();
                damaged[name] = damage(bytes, at);
                var outcome = await OutcomeAsync(damaged, name, $"{name} at {at}", hitMax);
                _outcomes[outcome] = _outcomes.GetValueOrDefault(outcome) + 1;
            }
        }
    }

    private async Task<Outcome> OutcomeAsync(MemoryFileSystem files, string name, string what, int hitMax)
    {
        JournalEngine engine;
        try
        {
            engine = await JournalEngine.OpenAsync(files, Options, _time);
        }
        catch (JournalDamagedException e)
        {
            e.File.ShouldStartWith("segments/", Case.Sensitive, what);
            e.Message.ShouldContain("posthorn journal repair", Case.Sensitive, what);
            name.ShouldStartWith("segments/", Case.Sensitive, what);
            await RepairAsync(files, what, hitMax);
            return Outcome.Refused;
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{what}: {e.GetType().Name} instead of a word about damage", e);
        }
        await using (engine)
        {
            var told = 0;
            foreach (var (id, text) in _there)
                told += await IsReadableAsync(engine, id, text, what) ? 0 : 1;
            foreach (var id in _removed)
                (await engine.FindAsync(id)).ShouldBeNull($"{what}: {id} came back");
            engine.Queues().Sum(queue => queue.Messages).ShouldBe(_there.Count, what);
            engine.Status(Orders)!.Policy.ShouldBe(Policy, what);
            engine.Document("document")!.Value.ToArray().ShouldBe([1, 2, 3], what);
            told.ShouldBeLessThanOrEqualTo(hitMax, what);
            return told == 0 ? Outcome.Harmless : Outcome.Told;
        }
    }

    /// <summary>A message is there and right, or said to be damaged; anything else is a loss that nobody was told of.</summary>
    private static async Task<bool> IsReadableAsync(JournalEngine engine, MessageId id, string text, string what)
    {
        try
        {
            var message = (await engine.FindAsync(id)).ShouldNotBeNull($"{what}: {id} is lost");
            await using var stream = await engine.OpenAsync(message.Content);
            using var reader = new StreamReader(stream);
            (await reader.ReadToEndAsync()).ShouldBe(text, what);
            return true;
        }
        catch (BodyLostException e)
        {
            e.IsDamaged.ShouldBeTrue(what);
            return false;
        }
    }

    private async Task RepairAsync(MemoryFileSystem files, string what, int hitMax)
    {
        (await JournalCheck.RunAsync(files)).ShouldNotBeEmpty(what);
        (await JournalRepair.RunAsync(files)).ShouldNotBeEmpty(what);
        (await JournalCheck.RunAsync(files)).ShouldBeEmpty(what);
        await using var engine = await JournalEngine.OpenAsync(files, Options, _time);
        var (lost, back) = (0, 0);
        foreach (var (id, text) in _there)
        {
            if (await engine.FindAsync(id) is null)
                lost++;
            else
                (await IsReadableAsync(engine, id, text, what)).ShouldBeTrue(what);
        }
        foreach (var id in _removed)
            back += await engine.FindAsync(id) is null ? 0 : 1;
        lost.ShouldBeLessThanOrEqualTo(hitMax, what);
        back.ShouldBeLessThanOrEqualTo(hitMax, what);
    }

    private async Task AddAsync(JournalEngine engine, int length)
    {
        var commit = new Commit();
        var texts = new List<string>();
        for (var i = 0; i < (_there.Count % 20 == 13 ? HitMax : 1); i++)
        {
            texts.Add(new string((char)('a' + (_there.Count % 26)), length) + (_there.Count + i));
            commit.Add(new NewMessage { Queue = Orders, Content = Body.Of(Encoding.UTF8.GetBytes(texts[i])) });
        }
        var added = (await engine.CommitAsync(commit)).Added;
        for (var i = 0; i < added.Count; i++)
            _there.Add(added[i].Id, texts[i]);
    }

    private Task UntilAsync(Func<bool> isSo) => _time.UntilAsync(isSo, TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(30));
}
