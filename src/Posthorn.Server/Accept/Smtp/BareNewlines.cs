namespace Posthorn.Server.Accept.Smtp;

/// <summary>What becomes of a mail in which CR or LF do not stand together.</summary>
public enum BareNewlines
{
    /// <summary>It is refused at its end (554 5.6.0), having been read to its real end.</summary>
    Refuse,
    /// <summary>It is kept as it is. Other servers may see other lines in it: for mail that never leaves this one.</summary>
    Keep,
}
