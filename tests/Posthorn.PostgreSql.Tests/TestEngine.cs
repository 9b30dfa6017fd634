namespace Posthorn.PostgreSql.Tests;

/// <summary>Engines as tests open them.</summary>
internal static class TestEngine
{
    public static async Task<PostgresEngine> OpenAsync(string schema, TimeProvider time, DatabaseServer? server = null) =>
        await PostgresEngine.OpenAsync(Options(schema, server ?? await DatabaseServer.SharedAsync()), time);

    public static PostgresOptions Options(string schema, DatabaseServer server) => new() { ConnectionString = server.ConnectionString, Schema = schema };
}
