using Posthorn.Engine;
using Posthorn.Files;
using Posthorn.Journal;

namespace Posthorn.Simulation.World;

/// <summary>Opens the engine that is tried.</summary>
public static class EngineUnderTest
{
    public static async Task<IEngine> OpenAsync(IJournalFileSystem disk, JournalOptions options, TimeProvider time, Func<ulong> random) =>
        await JournalEngine.OpenAsync(disk, options, time, random);
}
