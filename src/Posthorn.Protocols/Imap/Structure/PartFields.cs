namespace Posthorn.Protocols.Imap.Structure;

/// <summary>What a part's compact form holds beyond what every part has.</summary>
[Flags]
internal enum PartFields : byte
{
    None = 0,
    Id = 1,
    Description = 2,
    Md5 = 4,
    Disposition = 8,
    Languages = 16,
    Location = 32,
    /// <summary>An envelope: it is a mail inside.</summary>
    Message = 64,
    Children = 128,
}
