namespace Posthorn.Cli.Serving;

/// <summary>The server cannot start; the message says why and what to do about it.</summary>
internal sealed class StartException(string message, Exception inner) : Exception(message, inner);
