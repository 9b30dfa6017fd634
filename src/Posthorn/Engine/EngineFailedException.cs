namespace Posthorn.Engine;

/// <summary>The engine has stopped serving for good because memory and disk might disagree; the process must be restarted.</summary>
public sealed class EngineFailedException(string reason, Exception? inner = null) : InvalidOperationException(reason, inner);
