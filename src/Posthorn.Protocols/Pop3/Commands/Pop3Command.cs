namespace Posthorn.Protocols.Pop3.Commands;

/// <summary>A command that was understood.</summary>
/// <param name="Verb">What it asks for.</param>
/// <param name="Text">The name of USER, the password of PASS, the mechanism of AUTH in upper case; null otherwise, and for AUTH without one.</param>
/// <param name="InitialResponse">Of AUTH the initial response in base64; null without one.</param>
/// <param name="Message">The message's number in this session, 1 or more; 0 when none was given (LIST and UIDL of all).</param>
/// <param name="Lines">Of TOP how many lines of the body.</param>
public readonly record struct Pop3Command(Pop3Verb Verb, string? Text = null, string? InitialResponse = null, int Message = 0, int Lines = 0)
{
    /// <summary>The name, password or initial response never lands in a log.</summary>
    public override string ToString() => Message == 0 ? $"{Verb}" : $"{Verb} {Message}";
}
