namespace Posthorn.Protocols.Pop3;

/// <summary>The first line of an answer (RFC 1939 3).</summary>
/// <param name="IsOk">Whether the command was done.</param>
/// <param name="Text">For people; ASCII, one line of at most 500 bytes (RFC 2449 4). Of STAT, LIST and UIDL what programs read.</param>
/// <param name="Code">Why it failed, for programs.</param>
public sealed record Pop3Reply(bool IsOk, string Text, Pop3ResponseCode Code = Pop3ResponseCode.None)
{
    /// <summary>The code as it stands in an answer, with a space behind it; empty without one.</summary>
    public string CodeText => Code switch
    {
        Pop3ResponseCode.InUse => "[IN-USE] ",
        Pop3ResponseCode.Auth => "[AUTH] ",
        Pop3ResponseCode.SysTemp => "[SYS/TEMP] ",
        Pop3ResponseCode.SysPerm => "[SYS/PERM] ",
        _ => "",
    };

    /// <summary>Success.</summary>
    public static Pop3Reply Ok(string text) => new(true, text);

    /// <summary>Failure.</summary>
    public static Pop3Reply Error(string text, Pop3ResponseCode code = Pop3ResponseCode.None) => new(false, text, code);

    /// <inheritdoc/>
    public override string ToString() => $"{(IsOk ? "+OK" : "-ERR")} {CodeText}{Text}".TrimEnd();
}
