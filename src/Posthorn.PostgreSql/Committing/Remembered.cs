namespace Posthorn.PostgreSql.Committing;

/// <summary>What is remembered until a time in ticks.</summary>
internal readonly record struct Remembered<T>(long Until, T Value);
