namespace Posthorn.Engine.Transfer;

/// <summary>A store into which a transfer was begun and not finished: it is not served, for it holds a part of what was acknowledged.</summary>
public sealed class TransferUnfinishedException(string source) : IOException(
    $"A migration from {source} into it was begun and is not finished. Run the same 'posthorn migrate' again: it goes on where it ended. Or begin anew with an empty one.");
