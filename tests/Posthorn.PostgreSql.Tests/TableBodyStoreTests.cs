using Posthorn.Bodies;
using Posthorn.Contracts;
using Posthorn.PostgreSql.Bodies;

namespace Posthorn.PostgreSql.Tests;

public sealed class TableBodyStoreTests : BodyStoreContract
{
    private readonly string _schema = DatabaseServer.NewSchema();
    private readonly ManualTimeProvider _time = new();
    private long _names = 1_000_000;
    private PostgresEngine? _engine;

    protected override async Task<IBodyStore> OpenAsync()
    {
        _engine ??= await TestEngine.OpenAsync(_schema, _time);
        return new TableBodyStore(_engine);
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _engine!.DisposeAsync();
    }

    protected override BodyName NewName() => BodyName.Numbered(Owner, Interlocked.Increment(ref _names));

    protected override async Task DamageAsync(BodyName name, int at) => await (await DatabaseServer.SharedAsync()).AskAsync(
        $"UPDATE {_schema}.body_chunks SET bytes = set_byte(bytes, {at % TableBodyStore.ChunkBytes}, 255 - get_byte(bytes, {at % TableBodyStore.ChunkBytes})) WHERE body_id = {name.Number} AND chunk = {at / TableBodyStore.ChunkBytes}");
}
