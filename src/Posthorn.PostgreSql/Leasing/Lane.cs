namespace Posthorn.PostgreSql.Leasing;

/// <summary>What one tenant has in a fair queue.</summary>
/// <param name="Ready">Ready messages.</param>
/// <param name="Leased">Messages that consumers hold, of all nodes.</param>
internal readonly record struct Lane(long Ready, long Leased);
