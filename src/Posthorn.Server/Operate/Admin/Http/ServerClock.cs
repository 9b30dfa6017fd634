namespace Posthorn.Server.Operate.Admin.Http;

/// <summary>When the server started.</summary>
internal sealed record ServerClock(DateTimeOffset StartedAt);
