namespace Posthorn.Server.Operate.Configuration;

/// <summary>Binds <c>engine.shards</c>: which other databases there are, and whose is what.</summary>
internal static class ShardsBinder
{
    public static IReadOnlyList<ShardOptions> Bind(ConfigReader engine, EngineOptions home)
    {
        var shards = new List<ShardOptions>();
        var (names, databases, patterns) = (new HashSet<string>(StringComparer.Ordinal) { "home" }, new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        databases.Add(PlaceOf(home.Postgres ?? "", home.Schema));
        foreach (var section in engine.Sections("shards"))
        {
            var shard = new ShardOptions(section.Text("name", $"shard{shards.Count + 1}"), section.RequiredText("postgres"), section.Texts("queues"))
            {
                Listen = section.Text("listen"),
                Schema = section.Text("schema", home.Schema),
            };
            if (!names.Add(shard.Name))
                section.Refuse("name", $"'{shard.Name}' is the name of another shard; take another one (without a name they are shard1, shard2, …; the first database is home)");
            if (!databases.Add(PlaceOf(shard.Postgres, shard.Schema)))
                section.Refuse("postgres", "is named before; a shard is a database of its own, or a schema of its own");
            if (!section.Has("queues"))
                section.Refuse("queues", "is missing: say which queues it has, like [ \"orders\", \"mail-*\" ]; an empty list takes all from it");
            foreach (var twice in shard.Queues.Where(pattern => !patterns.Add(pattern)))
                section.Refuse("queues", $"'{twice}' is there twice; a queue is in one database: leave one of them out");
            section.Close();
            shards.Add(shard);
        }
        if (shards.Count > 0 && home.Postgres is null)
            engine.Refuse("postgres", "is missing: it is the first database, which has all queues that no shard names");
        return shards;
    }

    private static string PlaceOf(string connectionString, string schema) => $"{connectionString.Trim().TrimEnd(';')}\n{schema}";
}
