namespace Posthorn.Server.Pipeline.Mailets;

/// <summary>An HTTP service gave no answer that could be acted on.</summary>
public sealed class HttpMailetException(string reason) : IOException(reason);
