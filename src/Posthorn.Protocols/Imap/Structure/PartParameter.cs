namespace Posthorn.Protocols.Imap.Structure;

/// <summary>A parameter of a Content-Type or Content-Disposition, without quotes; what RFC 2231 encodes is left to the client, its pieces are joined.</summary>
public readonly record struct PartParameter(ReadOnlyMemory<byte> Name, ReadOnlyMemory<byte> Value);
