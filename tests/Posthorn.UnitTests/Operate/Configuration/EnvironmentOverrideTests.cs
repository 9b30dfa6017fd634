using System.Net;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Operate.Configuration;

public sealed class EnvironmentOverrideTests
{
    private const string Yaml = """
        hostname: file.test
        accounts:
          - { name: a, password: p, admin: true }
        queues:
          Invoices: { retention: 1d }
        """;

    [Fact]
    public void A_variable_wins_over_the_file() =>
        ConfigText.Load(Yaml, ("POSTHORN__HOSTNAME", "environment.test")).Options.Hostname.ShouldBe("environment.test");

    [Fact]
    public void A_variable_makes_the_sections_that_the_file_lacks() =>
        ConfigText.Load(Yaml, ("POSTHORN__LISTEN__SMTP", "127.0.0.1:25")).Options.Listen.Smtp.ShouldBe(new IPEndPoint(IPAddress.Loopback, 25));

    [Fact]
    public void One_underscore_is_a_hyphen() =>
        ConfigText.Load(Yaml, ("POSTHORN__QUEUES__NEW_ONE__VISIBILITY_TIMEOUT", "2m")).Options.Queues[QueueName.Parse("new-one")].VisibilityTimeout.ShouldBe(TimeSpan.FromMinutes(2));

    [Fact]
    public void A_name_finds_the_key_that_is_there_whatever_its_case() =>
        ConfigText.Load(Yaml, ("POSTHORN__QUEUES__INVOICES__RETENTION", "2d")).Options.Queues.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            q => q.Key.Value.ShouldBe("Invoices"), q => q.Value.Retention.ShouldBe(TimeSpan.FromDays(2)));

    [Fact]
    public void A_number_is_a_place_in_a_list_and_the_next_one_appends()
    {
        var accounts = ConfigText.Load(
            Yaml, ("POSTHORN__ACCOUNTS__0__PASSWORD", "p2"), ("POSTHORN__ACCOUNTS__1__NAME", "b"), ("POSTHORN__ACCOUNTS__1__PASSWORD", "{x")).Options.Accounts;
        accounts.Select(a => (a.Name, a.Password, a.IsAdmin)).ShouldBe([("a", "p2", true), ("b", "{x", false)]);
    }

    [Fact]
    public void A_whole_list_is_made_from_nothing() =>
        ConfigText.Load("hostname: a", Enumerable.Range(0, 12).Select(i => ($"POSTHORN__ACCOUNTS__{i}", $"{{ name: a{i}, password: p, admin: true }}")).ToArray())
            .Options.Accounts.Select(a => a.Name).ShouldBe(Enumerable.Range(0, 12).Select(i => $"a{i}"));

    [Fact]
    public void A_value_in_braces_is_a_section_and_later_levels_change_it()
    {
        var listen = ConfigText.Load(Yaml, ("POSTHORN__LISTEN__HTTP", "off"), ("POSTHORN__LISTEN", "{ smtp: off, http: 127.0.0.1:80 }")).Options.Listen;
        (listen.Smtp, listen.Http).ShouldBe((null, null));
    }

    [Fact]
    public void An_empty_value_takes_the_key_back_to_its_default() =>
        ConfigText.Load(Yaml, ("POSTHORN__HOSTNAME", "")).Options.Hostname.ShouldBe("localhost");

    [Fact]
    public void Values_are_taken_as_they_are_without_the_rules_of_YAML() =>
        ConfigText.Load(Yaml, ("POSTHORN__ACCOUNTS__0__PASSWORD", "a: b #c *&!\"'")).Options.Accounts[0].Password.ShouldBe("a: b #c *&!\"'");

    [Fact]
    public void Other_variables_are_none_of_our_business() =>
        ConfigText.Load(Yaml, ("POSTHORN_TOKEN", "a:b"), ("PATH", "/bin"), ("posthorn__hostname", "x")).Options.Hostname.ShouldBe("file.test");

    [Theory]
    [InlineData("POSTHORN__HOSTNME", "x", "environment POSTHORN__HOSTNME: hostnme: there is no such key; did you mean 'hostname'?")]
    [InlineData("POSTHORN__LISTEN__SMTP", "nowhere", "environment POSTHORN__LISTEN__SMTP: listen.smtp: 'nowhere' is no place to listen; write address:port like 127.0.0.1:2525 or [::1]:2525, :2525 for every address of this machine, or off")]
    [InlineData("POSTHORN__ACCOUNTS__2__NAME", "x", "environment POSTHORN__ACCOUNTS__2__NAME: accounts: is a list of 1; '2' should be a number from 0 to 1")]
    [InlineData("POSTHORN__ACCOUNTS__FIRST", "x", "environment POSTHORN__ACCOUNTS__FIRST: accounts: is a list of 1; 'FIRST' should be a number from 0 to 1")]
    [InlineData("POSTHORN__LISTEN__", "x", "environment POSTHORN__LISTEN__: names no setting; write POSTHORN__SECTION__KEY with two underscores for each level")]
    [InlineData("POSTHORN__LISTEN", "{ smtp }", "environment POSTHORN__LISTEN: listen.smtp: has no value; give one, or leave the key out")]
    [InlineData("POSTHORN__LISTEN", "{ smtp: [ }", "environment POSTHORN__LISTEN: a value was expected here; a text that begins with one of []{},? must stand in quotes")]
    public void A_bad_variable_is_refused_by_its_name(string name, string value, string fault) =>
        ConfigText.Faults(Yaml, (name, value)).ShouldBe([fault]);

    [Fact]
    public void A_name_that_fits_two_keys_is_refused() =>
        ConfigText.Faults("queues: { a-b: {}, A_B: {} }", ("POSTHORN__QUEUES__A_b__DELAY", "1s"))
            .ShouldBe(["environment POSTHORN__QUEUES__A_b__DELAY: queues: 'A_b' can mean 'a-b' or 'A_B'; set it in the file"]);
}
