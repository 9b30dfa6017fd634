using Posthorn.Bodies;
using Posthorn.Contracts;
using Posthorn.Engine;
using Posthorn.Journal;

namespace Posthorn.UnitTests.Journal;

// Contracts again, with large bodies in a store outside of the folder.

public sealed class OutsideBodyContractTests : BodyContract
{
    private readonly MemoryFileSystem _files = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("posthorn-bodies-").FullName;

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    protected override async Task<IEngine> OpenAsync() =>
        await JournalEngine.OpenAsync(_files, JournalTestOptions.Small with { Bodies = FolderBodyStore.Open(_folder) }, Time);
}

public sealed class OutsideRestartContractTests : RestartContract
{
    private readonly MemoryFileSystem _files = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("posthorn-bodies-").FullName;

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    protected override async Task<IEngine> OpenAsync() =>
        await JournalEngine.OpenAsync(_files, JournalTestOptions.Small with { Bodies = FolderBodyStore.Open(_folder) }, Time);
}
