namespace Posthorn.Server.Connections;

/// <summary>Takes a line, without its CRLF, while it is still in the pipe's memory.</summary>
internal delegate void LineTaker(ReadOnlySpan<byte> line);
