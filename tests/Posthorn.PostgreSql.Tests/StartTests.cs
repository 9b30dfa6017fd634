using System.Buffers.Binary;
using System.Globalization;
using Posthorn.Contracts;
using Posthorn.Engine;
using Posthorn.PostgreSql.Schema;
using Shouldly;
using Xunit;

namespace Posthorn.PostgreSql.Tests;

/// <summary>A database that cannot be used is told clearly at the start, and nothing is changed in it.</summary>
public sealed class StartTests
{
    private static async Task<string> RefusalAsync(string connectionString, string? schema = null)
    {
        var options = new PostgresOptions { ConnectionString = connectionString, Schema = schema ?? DatabaseServer.NewSchema() };
        return (await Should.ThrowAsync<DatabaseUnusableException>(() => PostgresEngine.OpenAsync(options, new ManualTimeProvider()))).Message;
    }

    [Fact]
    public async Task A_wrong_password_names_the_user()
    {
        var server = await DatabaseServer.SharedAsync();
        await server.AskAsync("DO $$ BEGIN CREATE ROLE secretive LOGIN SUPERUSER PASSWORD 'right'; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
        (await RefusalAsync(server.With(s => (s.Username, s.Password) = ("secretive", "wrong")))).ShouldContain("'secretive'");
        var engine = await PostgresEngine.OpenAsync(
            new PostgresOptions { ConnectionString = server.With(s => (s.Username, s.Password) = ("secretive", "right")), Schema = DatabaseServer.NewSchema() }, new ManualTimeProvider());
        await engine.DisposeAsync();
    }

    [Fact]
    public async Task A_database_that_does_not_exist_is_named_with_what_makes_it()
    {
        var server = await DatabaseServer.SharedAsync();
        (await RefusalAsync(server.With(s => s.Database = "nowhere"))).ShouldContain("createdb nowhere");
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_named_and_may_be_there_later()
    {
        var server = await DatabaseServer.SharedAsync();
        async Task<string> AwayAsync(string host) => (await Should.ThrowAsync<EngineUnavailableException>(() => PostgresEngine.OpenAsync(
            new PostgresOptions { ConnectionString = server.With(s => (s.Host, s.Port) = (host, 1)), Schema = DatabaseServer.NewSchema() }, new ManualTimeProvider()))).Message;
        (await AwayAsync("127.0.0.1")).ShouldContain("127.0.0.1:1 cannot be reached");
        (await AwayAsync("127.0.0.1,127.0.0.2")).ShouldContain("127.0.0.1,127.0.0.2:1 cannot be reached");
        (await AwayAsync("nowhere.invalid")).ShouldContain("nowhere.invalid:1 cannot be reached");
    }

    [Fact]
    public async Task A_missing_password_is_not_waited_for()
    {
        var server = await DatabaseServer.SharedAsync();
        await server.AskAsync("DO $$ BEGIN CREATE ROLE secretive LOGIN SUPERUSER PASSWORD 'right'; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
        (await RefusalAsync(server.With(s => s.Username = "secretive"))).ShouldContain("password");
    }

    [Fact]
    public async Task A_user_without_the_right_to_make_the_schema_is_told_which_he_lacks()
    {
        var server = await DatabaseServer.SharedAsync();
        await server.AskAsync("DO $$ BEGIN CREATE ROLE plain LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
        (await RefusalAsync(server.With(s => s.Username = "plain"))).ShouldContain("CREATE on the database");
    }

    [Fact]
    public async Task A_database_that_only_reads_is_refused()
    {
        var server = await DatabaseServer.SharedAsync();
        await server.AskAsync("DO $$ BEGIN CREATE ROLE reader LOGIN SUPERUSER; ALTER ROLE reader SET default_transaction_read_only = on; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
        (await RefusalAsync(server.With(s => s.Username = "reader"))).ShouldContain("only reads");
    }

    [Fact]
    public async Task A_server_that_is_too_old_is_told_with_its_version()
    {
        var server = await DatabaseServer.SharedAsync();
        var schema = DatabaseServer.NewSchema();
        var (real, old) = (Field(int.Parse((string)(await server.AskAsync("SHOW server_version_num"))!, CultureInfo.InvariantCulture)), Field(140_009));
        await using var proxy = new CuttingProxy(server.Port, said =>
        {
            if (said.Span.IndexOf(real) is >= 0 and var at)
                old.CopyTo(said.Span[at..]);
        });
        (await RefusalAsync(server.With(s => (s.Port, s.SslMode) = (proxy.Port, Npgsql.SslMode.Disable)), schema)).ShouldContain("15 or later is needed");
        (await server.AskAsync($"SELECT count(*) FROM pg_namespace WHERE nspname = '{schema}'")).ShouldBe(0L);
    }

    /// <summary>A number as it stands in a row: four bytes, and they.</summary>
    private static byte[] Field(int number)
    {
        var field = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(field, (4L << 32) + number);
        return field;
    }

    [Fact]
    public async Task A_schema_of_a_later_program_is_refused_and_left_as_it_is()
    {
        var server = await DatabaseServer.SharedAsync();
        var schema = DatabaseServer.NewSchema();
        await (await TestEngine.OpenAsync(schema, new ManualTimeProvider())).DisposeAsync();
        await server.AskAsync($"INSERT INTO {schema}.schema_versions (version) VALUES (99)");
        (await RefusalAsync(server.ConnectionString, schema)).ShouldContain("version 99");
    }

    [Fact]
    public async Task A_connection_string_that_cannot_be_read_is_refused() =>
        (await RefusalAsync("Hots=127.0.0.1")).ShouldContain("connection string");

    [Fact]
    public async Task Many_nodes_that_start_at_once_make_one_schema()
    {
        var server = await DatabaseServer.SharedAsync();
        var schema = DatabaseServer.NewSchema();
        var engines = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => TestEngine.OpenAsync(schema, new ManualTimeProvider())));
        (await server.AskAsync($"SELECT count(*) FROM {schema}.schema_versions")).ShouldBe((long)SchemaSetup.Version);
        (await server.AskAsync($"SELECT count(*) FROM {schema}.nodes")).ShouldBe(5L);
        foreach (var engine in engines)
            await engine.DisposeAsync();
        (await server.AskAsync($"SELECT count(*) FROM {schema}.nodes")).ShouldBe(0L);
    }

    [Fact]
    public async Task A_schema_of_the_first_version_is_upgraded_with_what_is_in_it()
    {
        var server = await DatabaseServer.SharedAsync();
        var (schema, time, queue) = (DatabaseServer.NewSchema(), new ManualTimeProvider(), Queues.QueueName.Parse("orders"));
        await using (var before = await TestEngine.OpenAsync(schema, time))
            await before.CommitAsync(new Commits.Commit().Add(new Messages.NewMessage { Queue = queue, Content = Posthorn.Bodies.Body.Of(new byte[5_000]) }));
        // Back to what the first version had, and a node of it that still runs.
        await server.AskAsync(
            $"""
            DROP VIEW {schema}.node_overview; DROP TABLE {schema}.node_beats, {schema}.node_notices, {schema}.history; DROP SEQUENCE {schema}.history_ids;
            ALTER TABLE {schema}.bodies DROP COLUMN stored_id; DROP TABLE {schema}.body_owner; DROP FUNCTION {schema}.expect; ALTER TABLE {schema}.nodes DROP COLUMN fenced_batch;
            ALTER TABLE {schema}.messages DROP COLUMN bytes, DROP COLUMN checksum; DELETE FROM {schema}.schema_versions WHERE version > 1;
            INSERT INTO {schema}.nodes (node_id, name, started_at, seen_at) VALUES (4711, 'old', {time.GetUtcNow().UtcTicks}, {time.GetUtcNow().UtcTicks})
            """);

        await using var engine = await TestEngine.OpenAsync(schema, time);
        (await server.AskAsync($"SELECT max(version) FROM {schema}.schema_versions")).ShouldBe(SchemaSetup.Version);
        engine.Cluster.View.Nodes.ShouldHaveSingleItem(); // the old one says nothing, and is nobody's owner
        (await engine.LeaseAsync(queue, new Leases.LeaseRequest())).ShouldHaveSingleItem();
        (await server.AskAsync($"SELECT count(*) FROM {schema}.node_overview")).ShouldBe(2L);
    }

    [Fact]
    public async Task A_schema_is_not_upgraded_under_nodes_that_would_not_find_the_bodies()
    {
        var server = await DatabaseServer.SharedAsync();
        var schema = DatabaseServer.NewSchema();
        await using (await TestEngine.OpenAsync(schema, new ManualTimeProvider()))
        {
            await server.AskAsync($"DROP TABLE {schema}.node_notices; ALTER TABLE {schema}.body_owner DROP COLUMN list_at, DROP COLUMN listed_by; ALTER TABLE {schema}.messages DROP COLUMN bytes, DROP COLUMN checksum; DELETE FROM {schema}.schema_versions WHERE version > 4");
            (await Should.ThrowAsync<DatabaseUnusableException>(() => TestEngine.OpenAsync(schema, new ManualTimeProvider()))).Message.ShouldContain("Stop all of the older program");
        }
        await using var engine = await TestEngine.OpenAsync(schema, new ManualTimeProvider());
        (await server.AskAsync($"SELECT max(version) FROM {schema}.schema_versions")).ShouldBe(SchemaSetup.Version);
    }

    [Fact]
    public async Task What_people_read_is_there()
    {
        var server = await DatabaseServer.SharedAsync();
        var schema = DatabaseServer.NewSchema();
        var time = new ManualTimeProvider();
        await using var engine = await TestEngine.OpenAsync(schema, time);
        await engine.CommitAsync(new Commits.Commit().Add(new Messages.NewMessage { Queue = Queues.QueueName.Parse("orders"), Content = Posthorn.Bodies.Body.Of("x"u8.ToArray()) }));
        (await server.AskAsync($"SELECT state || ' ' || (accepted_at AT TIME ZONE 'UTC')::text FROM {schema}.message_overview WHERE queue = 'orders'")).ShouldBe("ready 2026-03-01 12:00:00");
        (await server.AskAsync($"SELECT message_count FROM {schema}.queue_overview WHERE name = 'orders'")).ShouldBe(1L);
    }
}
