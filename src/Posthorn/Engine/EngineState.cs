namespace Posthorn.Engine;

/// <summary>What an engine does.</summary>
public enum EngineState
{
    /// <summary>Everything.</summary>
    Serving,
    /// <summary>Everything but adding: space has run out; it resumes by itself when space returns.</summary>
    Full,
    /// <summary>Nothing any more: a write or a sync failed. Only a restart helps.</summary>
    Failed,
}
