namespace Posthorn.Protocols.Smtp.Session;

/// <summary>What a command may do in a state.</summary>
/// <param name="Next">The state after the command succeeded, or after its refusal.</param>
/// <param name="Refusal">Why it may not run at all; null when it may. A command that may run and fails leaves the state as it was.</param>
public readonly record struct SmtpTransition(SmtpState Next, SmtpReply? Refusal)
{
    /// <summary>Whether the command may run.</summary>
    public bool IsAllowed => Refusal is null;
}
