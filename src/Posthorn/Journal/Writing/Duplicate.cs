using Posthorn.Commits;

namespace Posthorn.Journal.Writing;

/// <summary>An add that is not made because its message came before.</summary>
/// <param name="Known">The message that came before.</param>
/// <param name="SameAs">When that is one of the same commit: its place among the commit's adds; else -1.</param>
internal readonly record struct Duplicate(AddedMessage Known, int SameAs);
