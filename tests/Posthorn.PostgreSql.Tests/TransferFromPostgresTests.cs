using Posthorn.Contracts;
using Posthorn.Contracts.Transfer;
using Posthorn.Engine;
using Posthorn.Engine.Transfer;
using Posthorn.Journal;
using Posthorn.Journal.Transfer;
using Posthorn.PostgreSql.Transfer;

namespace Posthorn.PostgreSql.Tests;

public sealed class TransferFromPostgresTests : TransferContract
{
    private static readonly JournalOptions Small = new() { SegmentBytes = 64 << 10, ReserveBytes = 32 << 10, InlineBodyBytesMax = 4 << 10, RecentBytesMax = 256 << 10 };

    private readonly TestSchema _from = new();
    private MemoryFileSystem _to = new();
    private MemoryFileSystem? _killed;
    private PostgresOptions _options = null!;

    public override async Task InitializeAsync() => _options = TestEngine.Options(_from.Name, await DatabaseServer.SharedAsync());

    public override Task DisposeAsync() => _from.GiveBackAsync();

    protected override Task<IEngine> OpenFromAsync() => _from.OpenAsync(Time);

    protected override async Task<IEngine> OpenToAsync()
    {
        TakeWhatTheKilledOneLeft();
        return await JournalEngine.OpenAsync(_to, Small, Time);
    }

    protected override async Task<TransferSource> OpenSourceAsync() => await PostgresSource.OpenAsync(_options, Time);

    protected override TransferTarget OpenTarget()
    {
        TakeWhatTheKilledOneLeft();
        return new JournalTarget(_to, "b", Small, Time);
    }

    protected override async Task<TransferSource> OpenCopyAsync() => await JournalSource.OpenAsync(_to, "b", Small, Time);

    protected override void Kill() => _killed ??= _to.Copy();

    protected override Task<long> CopiesOfAsync(byte[] bytes)
    {
        var count = 0L;
        foreach (var name in _to.List("segments").Select(name => $"segments/{name}").Concat(_to.List("bodies").Select(name => $"bodies/{name}")))
        {
            var file = _to[name].AsSpan();
            for (int at; (at = file.IndexOf(bytes.AsSpan(0, 512))) >= 0; file = file[(at + 512)..])
                count++;
        }
        return Task.FromResult(count);
    }

    private void TakeWhatTheKilledOneLeft() => (_to, _killed) = (_killed ?? _to, null);
}
