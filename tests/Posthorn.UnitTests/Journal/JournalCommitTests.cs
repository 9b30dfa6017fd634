using Posthorn.Contracts;
using Posthorn.Engine;
using Posthorn.Journal;

namespace Posthorn.UnitTests.Journal;

public sealed class JournalCommitTests : CommitContract
{
    private readonly MemoryFileSystem _files = new();

    protected override async Task<IEngine> OpenAsync() => await JournalEngine.OpenAsync(_files, JournalTestOptions.Small, Time);
}
