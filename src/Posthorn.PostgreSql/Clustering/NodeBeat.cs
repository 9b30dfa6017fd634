using Posthorn.Clustering;

namespace Posthorn.PostgreSql.Clustering;

/// <summary>What the database says of a node.</summary>
/// <param name="Id">The node.</param>
/// <param name="Name">What people call it.</param>
/// <param name="StartedAt">Ticks of its wall clock.</param>
/// <param name="Beats">How often it said that it is there.</param>
/// <param name="Silence">How long ago it last did, by the server's clock; less than nothing after that was set back.</param>
/// <param name="IsDraining">Whether it is to take on nothing new.</param>
/// <param name="Report">What it tells of itself.</param>
internal sealed record NodeBeat(long Id, string Name, long StartedAt, long Beats, TimeSpan Silence, bool IsDraining, NodeReport Report);
