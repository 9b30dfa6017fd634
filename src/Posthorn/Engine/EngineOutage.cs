namespace Posthorn.Engine;

/// <summary>Tells what an engine says that does not serve: for good (<see cref="EngineFailedException"/>), or now (<see cref="EngineUnavailableException"/>).</summary>
public static class EngineOutage
{
    /// <summary>Whether an exception says that; then whatever was asked is not to blame, and others would be told the same.</summary>
    public static bool Is(Exception exception) => exception is EngineFailedException or EngineUnavailableException;
}
