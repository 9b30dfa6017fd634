using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Simulation.Disk;
using Posthorn.Simulation.World;

namespace Posthorn.Simulation.Regressions;

/// <summary>A store of small segments on a disk that does nothing wrong, which is filled and started again as a test wants it.</summary>
internal sealed class RestartedStore
{
    private static readonly QueueName Filling = QueueName.Parse("filling");

    private readonly SimulationContext _context;
    private readonly SimulatedDisk _disk;

    private RestartedStore(SimulationContext context)
    {
        _context = context;
        _disk = new SimulatedDisk(context, context.Time, new SimulationRandom(2), new DiskCharacter());
    }

    public IEngine Engine { get; private set; } = null!; // since it was opened

    public static async Task<RestartedStore> OpenAsync(SimulationContext context)
    {
        var store = new RestartedStore(context);
        await store.OpenAsync();
        return store;
    }

    public async Task RestartAsync()
    {
        await Engine.DisposeAsync();
        await OpenAsync();
    }

    /// <summary>Adds and removes at once: segments that are dead when they are full.</summary>
    public async Task FillAsync(int count)
    {
        foreach (var id in await AddAsync(Filling, count))
            await Engine.CommitAsync(new Commit().Remove(id));
    }

    public async Task<List<MessageId>> AddAsync(QueueName queue, int count)
    {
        var ids = new List<MessageId>();
        for (var i = 0; i < count; i++)
        {
            var result = await Engine.CommitAsync(new Commit().Add(new NewMessage { Queue = queue, Content = Body.Of(new byte[900]) }));
            ids.Add(result.Added[0].Id);
        }
        return ids;
    }

    private async Task OpenAsync() => Engine = await EngineUnderTest.OpenAsync(_disk, new WorldOptions().Journal, _context.Time, new SimulationRandom(3).NextUInt64);
}
