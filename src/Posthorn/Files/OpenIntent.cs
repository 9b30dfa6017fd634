namespace Posthorn.Files;

/// <summary>What a file is opened for.</summary>
public enum OpenIntent
{
    /// <summary>To read what exists.</summary>
    Read,
    /// <summary>To read and write what exists.</summary>
    Write,
    /// <summary>To write what does not exist yet.</summary>
    Create,
}
