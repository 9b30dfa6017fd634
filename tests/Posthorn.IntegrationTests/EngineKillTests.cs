using System.Globalization;

namespace Posthorn.IntegrationTests;

/// <summary>
/// <c>kill -9</c> of a process that has the engine embedded, again and again, under a mixed load: sends, batches, FIFO groups, deduplication ids,
/// repeats of what was not answered, leases, acks, returns, moves, consume-and-produce, replay. After each death the store holds exactly what the
/// client was told is safe, and what was cut short whole or not at all.
/// </summary>
/// <remarks>Proves recovery from the death of a process; a loss of power is the simulator's.</remarks>
public sealed class EngineKillTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task After_each_death_the_store_holds_exactly_what_its_client_was_told()
    {
        var kills = Repository.IsLong ? 200 : 10;
        var seed = Environment.TickCount & 0xFFFF;
        var random = new Random(seed);
        var memory = new LoadMemory();
        try
        {
            for (var kill = 0; kill < kills; kill++)
            {
                // Now and then it dies while it starts.
                await LiveAndDieAsync(memory, seed + kill, random.Next(6) == 0 ? "step" : "did", random.Next(1, 500));
            }
            await LiveAndDieAsync(memory, seed + kills, "did", 1);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"seed {seed}, after {memory.Compared} comparisons: {e.Message}", e);
        }
        memory.Answered.ShouldBeGreaterThan(kills * 10);
        memory.Compared.ShouldBeGreaterThan(kills / 2);
        Repository.Report("kill -9 of an embedded engine", string.Create(CultureInfo.InvariantCulture,
            $"{kills + 1} kills: {memory.Answered} commits answered, none lost; {memory.CutShort} cut short, of which {memory.CutShortButDone} had happened, whole; {memory.Repeated} sent again, none done twice; {memory.Compared} comparisons of {memory.MessagesCompared} messages (seed {seed})"));
    }

    /// <summary>Starts the load, kills it when it has written so many lines of a kind, and has the client take what it was told.</summary>
    private async Task LiveAndDieAsync(LoadMemory memory, int seed, string kind, int lines)
    {
        Directory.CreateDirectory(_folder["data"]);
        await File.WriteAllLinesAsync(Path.Combine(_folder["data"], "again"), memory.Again);
        var build = Path.GetRelativePath(Path.Combine(Repository.Root, "tests", "Posthorn.IntegrationTests"), AppContext.BaseDirectory);
        var program = Path.Combine(Repository.Root, "tests", "Posthorn.KillLoad", build, "Posthorn.KillLoad.dll");
        await using var load = ChildProcess.Start("dotnet", [program, _folder["data"], seed.ToString(CultureInfo.InvariantCulture)]);
        var wanted = kind == "step" ? 1 : lines;
        await Until.TrueAsync(() => load.HasExited || load.OutputLines.Count(line => line.StartsWith(kind, StringComparison.Ordinal)) >= wanted, "the load has worked", TimeSpan.FromSeconds(120));
        load.HasExited.ShouldBeFalse($"the load ended by itself:\n{load.Error}");
        await load.KillAsync();
        (await load.WaitForExitAsync(TimeSpan.FromSeconds(30))).ShouldBe(137, load.Error);
        memory.Read(load.OutputLines);
    }
}
