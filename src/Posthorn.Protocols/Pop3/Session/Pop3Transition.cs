namespace Posthorn.Protocols.Pop3.Session;

/// <summary>What a command may do in a state.</summary>
/// <param name="Next">The state after the command succeeded, or after its refusal. A login that may run and fails begins anew; any other command that fails leaves the state as it was.</param>
/// <param name="Refusal">Why it may not run at all; null when it may.</param>
public readonly record struct Pop3Transition(Pop3State Next, Pop3Reply? Refusal)
{
    /// <summary>Whether the command may run.</summary>
    public bool IsAllowed => Refusal is null;
}
