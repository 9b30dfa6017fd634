namespace Posthorn.Engine.Transfer;

/// <summary>How far a transfer has come: messages come by id, so the highest one says it.</summary>
/// <param name="After">The highest id that is there; 0 for none.</param>
/// <param name="Messages">How many are.</param>
/// <param name="Bytes">Bytes of their content.</param>
internal readonly record struct TransferPosition(ulong After, long Messages, long Bytes);
