namespace Posthorn.Journal.Hints;

/// <summary>Writes all of a hint behind its header.</summary>
internal delegate void HintContent(Span<byte> content);
