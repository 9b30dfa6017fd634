using Posthorn.Bodies;
using Posthorn.Contracts;
using Posthorn.Engine;
using Posthorn.S3;

namespace Posthorn.PostgreSql.Tests;

// The contract of bodies again, with large ones outside of the database.

public sealed class FolderStoreBodyTests : BodyContract
{
    private readonly string _folder = Directory.CreateTempSubdirectory("posthorn-bodies-").FullName;
    private readonly TestSchema _schema;

    public FolderStoreBodyTests() => _schema = new TestSchema { Bodies = () => Task.FromResult<IBodyStore>(FolderBodyStore.Open(_folder)) };

    protected override async Task<IEngine> OpenAsync() => await _schema.OpenAsync(Time);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _schema.GiveBackAsync();
        Directory.Delete(_folder, recursive: true);
    }
}

public sealed class S3StoreBodyTests : BodyContract
{
    private readonly TestSchema _schema = new() { Bodies = async () => S3BodyStore.Open(S3Options.Parse((await S3Server.SharedAsync()).Address())) };

    protected override async Task<IEngine> OpenAsync() => await _schema.OpenAsync(Time);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _schema.GiveBackAsync();
    }
}

public sealed class S3StoreMailTests : MailContract
{
    private readonly TestSchema _schema = new() { Bodies = async () => S3BodyStore.Open(S3Options.Parse((await S3Server.SharedAsync()).Address())) };

    protected override async Task<IEngine> OpenAsync() => await _schema.OpenAsync(Time);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _schema.GiveBackAsync();
    }
}
