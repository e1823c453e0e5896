"""The operations of the X-Cart connector by subject, for flows. How they are done is the API's own matter."""
